import { basename } from "node:path";
import { loadProject } from "../../config/load.ts";
import { workflowFile } from "../../config/index.ts";
import { UserError } from "../../shared/index.ts";
import { codeChangesSection, type PipelineIdentity, writeComment } from "../../pipeline/index.ts";
import { gitHubFrom, pullRequestFrom, runFrom } from "../github-actions-context.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { approvalsFrom } from "../parse-approvals.ts";
import { readInputFile } from "../read-input-file.ts";

export interface CommentFlags {
  /** Markdown files for the comment. */
  readonly files: readonly string[];
  readonly config: string;
  /** With `workflow`, the config is not loaded, and its code does not run. */
  readonly name?: string;
  readonly workflow?: string;
  /** `<environment>=<fingerprint>` of each plan; the fingerprint is empty if there is nothing to approve. */
  readonly approve?: readonly string[];
  readonly pullRequest?: string;
  readonly head?: string;
  readonly repository?: string;
  readonly author: string;
}

const SECTION_FIX = "pass Markdown files, such as the output of berth plan --markdown";

async function identityOf({ config, name, workflow }: CommentFlags): Promise<PipelineIdentity> {
  if (name !== undefined && workflow !== undefined)
    return { name, workflow: workflowFile({ workflow }) };
  const project = await loadProject(config);
  return {
    name: name ?? project.name,
    workflow: workflowFile(
      workflow === undefined ? project.environments[0]?.pipeline : { workflow },
    ),
  };
}

/** Creates or updates the Berth comment of a pull request. */
export async function run(flags: CommentFlags, host: Host): Promise<ExitCode> {
  const event = pullRequestFrom(process.env);
  const number = flags.pullRequest === undefined ? event.number : Number(flags.pullRequest);
  const head = flags.head ?? event.head;
  if (number === undefined || !Number.isInteger(number) || number < 1 || head === undefined)
    throw new UserError("BERTH-E8013", "the pull request or its last commit is unknown", {
      fix: "pass --pull-request with its number and --head with its last commit; in GitHub Actions they come from the event",
      exitCode: 64,
    });
  const approvals = approvalsFrom(flags.approve ?? []);
  const sections = flags.files.map((file) => readInputFile(file, file, SECTION_FIX));
  const github = gitHubFrom(process.env, flags);
  const [identity, changed] = await Promise.all([identityOf(flags), github.changedFiles(number)]);
  const warning = codeChangesSection(changed, basename(flags.config));
  const { url, done } = await writeComment(
    github,
    number,
    {
      ...identity,
      head,
      run: runFrom(process.env),
      approvals,
      sections: [...(warning === undefined ? [] : [warning]), ...sections],
    },
    flags.author,
  );
  host.result(`${done}: ${url}`, { url, done });
  return 0;
}
