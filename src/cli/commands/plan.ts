import { plan } from "../../app/index.ts";
import { markdownOf, textOf } from "../../checks/report/index.ts";
import { sectionOf } from "../../pipeline/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import { stepOutputFile, writeStepOutput } from "../github-actions-context.ts";
import type { Host } from "../host/host.ts";
import { changeSummary, operationHost, runOperation } from "../host/operation-host.ts";
import { paintFor } from "../host/paint.ts";
import { infrastructureOptions, type ProjectFlags } from "../project-flags.ts";

export interface PlanFlags extends ProjectFlags {
  readonly detailedExitcode?: boolean;
  readonly fingerprint?: boolean;
  readonly markdown?: boolean;
  /** Set the step output `fingerprint`; it is empty if the plan has no changes. */
  readonly githubOutput?: boolean;
  /** False to read the state without a lock. */
  readonly lock: boolean;
}

/** Shows Terraform's plan and the result of the check. */
export async function run(flags: PlanFlags, host: Host): Promise<ExitCode> {
  const { lock, markdown: isMarkdown = false } = flags;
  if (flags.githubOutput === true) stepOutputFile(process.env);
  return runOperation(
    host,
    () =>
      plan(
        { ...infrastructureOptions(flags), lock },
        operationHost(host, host.hasColor && !isMarkdown),
      ),
    ({ check, report, hasChanges, counts, changes }) => {
      const { fingerprint } = report;
      if (flags.githubOutput === true)
        writeStepOutput(process.env, "fingerprint", fingerprint ?? "");
      const text = [
        report.text.trimEnd(),
        "",
        textOf(check, paintFor(host)),
        ...(flags.fingerprint === true
          ? [`fingerprint ${fingerprint ?? "none: the plan has no changes"}`]
          : []),
      ].join("\n");
      host.result(isMarkdown ? sectionOf(report, markdownOf(check)) : text, {
        check,
        ...(fingerprint === undefined ? {} : { fingerprint }),
        changed: hasChanges,
        ...counts,
        changes,
      });
      host.note(hasChanges ? changeSummary(counts) : "no changes");
      return flags.detailedExitcode === true && hasChanges ? 2 : 0;
    },
  );
}
