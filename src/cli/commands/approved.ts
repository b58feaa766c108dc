import { loadConfig, loadProject } from "../../config/load.ts";
import { branchOf, workflowFile } from "../../config/index.ts";
import { UserError } from "../../shared/index.ts";
import { approvalOf } from "../../pipeline/index.ts";
import { gitHubFrom } from "../github-actions-context.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";

export interface ApprovedFlags {
  readonly config: string;
  readonly env?: string;
  readonly commit?: string;
  readonly branch?: string;
  readonly repository?: string;
  readonly author: string;
}

/** Prints the approved fingerprint from the comment of a merged pull request. */
export async function run(flags: ApprovedFlags, host: Host): Promise<ExitCode> {
  const commit = flags.commit ?? process.env["GITHUB_SHA"];
  if (commit === undefined || !/^[0-9a-f]{40}$/.test(commit))
    throw new UserError("BERTH-E8012", "the merge commit is unknown", {
      fix: "pass --commit with 40 hexadecimal digits, or set GITHUB_SHA, as GitHub Actions does",
      exitCode: 64,
    });
  const [{ name }, settings] = await Promise.all([
    loadProject(flags.config),
    loadConfig(flags.config, flags.env),
  ]);
  const approval = await approvalOf(gitHubFrom(process.env, flags), {
    name,
    workflow: workflowFile(settings.pipeline),
    commit,
    environment: settings.environment,
    branch: flags.branch ?? branchOf(settings.pipeline),
    author: flags.author,
  });
  host.note(
    `approved by the merge of pull request #${approval.pullRequest}, planned by run ${approval.run.id}`,
  );
  host.result(approval.fingerprint, approval);
  return 0;
}
