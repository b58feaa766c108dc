import { drift } from "../../app/index.ts";
import { updateDriftIssue } from "../../pipeline/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import { gitHubFrom } from "../github-actions-context.ts";
import type { Host } from "../host/host.ts";
import { runOperation } from "../host/operation-host.ts";
import { infrastructureOptions, type ProjectFlags } from "../project-flags.ts";

export interface DriftFlags extends ProjectFlags {
  readonly issue?: boolean;
  readonly repository?: string;
  readonly author: string;
}

/** Detects drift: changes made outside of Terraform, and config changes that were never applied. */
export async function run(flags: DriftFlags, host: Host): Promise<ExitCode> {
  const github = flags.issue === true ? gitHubFrom(process.env, flags) : undefined;
  return runOperation(
    host,
    (operationHost) => drift(infrastructureOptions(flags), operationHost),
    async ({ hasDrift, drift: found }) => {
      const issue = github && (await updateDriftIssue(github, found, flags.author));
      if (issue?.url !== undefined) host.note(`issue ${issue.done}: ${issue.url}`);
      const { text, ...data } = found;
      host.result(hasDrift ? text : "no drift: the infrastructure matches the config", {
        drifts: hasDrift,
        ...data,
        ...(issue ? { issue } : {}),
      });
      return hasDrift ? 2 : 0;
    },
  );
}
