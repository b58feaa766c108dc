import { plan, type PlannedChanges, planService } from "../../app/index.ts";
import { markdownOf, textOf } from "../../checks/report/index.ts";
import { pendingSectionOf, sectionOf, serviceSectionOf } from "../../pipeline/index.ts";
import { UserError } from "../../shared/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import { stepOutputFile, writeStepOutput } from "../github-actions-context.ts";
import type { Host } from "../host/host.ts";
import { changeSummary, operationHost, runOperation } from "../host/operation-host.ts";
import { paintFor } from "../host/paint.ts";
import { defined, infrastructureOptions, type ProjectFlags } from "../project-flags.ts";

export interface PlanFlags extends ProjectFlags {
  /** The service or job to plan. @default the foundation */
  readonly service?: string;
  readonly image?: string;
  readonly preview?: boolean;
  readonly detailedExitcode?: boolean;
  readonly fingerprint?: boolean;
  readonly markdown?: boolean;
  /** Set the step output `fingerprint`; it is empty if the plan has no changes. */
  readonly githubOutput?: boolean;
  /** False to read the state without a lock. */
  readonly lock: boolean;
}

/** Shows Terraform's plan of the foundation with the result of the check, or the plan of a service. */
export async function run(flags: PlanFlags, host: Host): Promise<ExitCode> {
  const { service, image, preview } = flags;
  if (flags.githubOutput === true) stepOutputFile(process.env);
  if (service !== undefined) return runService({ ...flags, service }, host);
  if (image !== undefined || preview !== undefined)
    throw new UserError("BERTH-E6001", "--image and --preview are for a service or job", {
      fix: "pass the name of the service",
      exitCode: 64,
    });
  const { lock, markdown: isMarkdown = false } = flags;
  return runOperation(
    host,
    () =>
      plan(
        { ...infrastructureOptions(flags), lock },
        operationHost(host, host.hasColor && !isMarkdown),
      ),
    ({ check, report, ...planned }) => {
      const text = [
        report.text.trimEnd(),
        "",
        textOf(check, paintFor(host)),
        ...fingerprintLines(flags, report.fingerprint),
      ].join("\n");
      const shown = isMarkdown ? sectionOf(report, markdownOf(check)) : text;
      return printPlan(flags, host, {
        planned,
        fingerprint: report.fingerprint,
        shown,
        data: { check },
      });
    },
  );
}

function runService(
  { service, image, preview, lock, ...flags }: PlanFlags & { readonly service: string },
  host: Host,
): Promise<ExitCode> {
  const isMarkdown = flags.markdown === true;
  return runOperation(
    host,
    () =>
      planService(
        { ...infrastructureOptions(flags), ...defined({ image, preview }), service, lock },
        operationHost(host, host.hasColor && !isMarkdown),
      ),
    (result) => {
      if (result.outcome === "foundation-pending") {
        const { name, reason } = result;
        host.result(
          isMarkdown ? pendingSectionOf(name, reason) : `${name} is not planned: ${reason}`,
          result,
        );
        return 0;
      }
      const { report, outcome: _, ...planned } = result;
      const text = [report.text.trimEnd(), ...fingerprintLines(flags, report.fingerprint)].join(
        "\n",
      );
      const shown = isMarkdown
        ? serviceSectionOf(report, preview === true ? "preview" : "approval")
        : text;
      return printPlan({ ...flags, lock }, host, {
        planned,
        fingerprint: report.fingerprint,
        shown,
        data: { service },
      });
    },
  );
}

const fingerprintLines = (
  flags: Pick<PlanFlags, "fingerprint">,
  fingerprint: string | undefined,
): string[] =>
  flags.fingerprint === true
    ? [`fingerprint ${fingerprint ?? "none: the plan has no changes"}`]
    : [];

/** Prints a plan, sets the step output, and returns the exit code. */
function printPlan(
  flags: PlanFlags,
  host: Host,
  {
    planned: { hasChanges, counts, changes },
    fingerprint,
    shown,
    data,
  }: {
    readonly planned: PlannedChanges;
    readonly fingerprint: string | undefined;
    readonly shown: string;
    readonly data: Readonly<Record<string, unknown>>;
  },
): ExitCode {
  if (flags.githubOutput === true) writeStepOutput(process.env, "fingerprint", fingerprint ?? "");
  host.result(shown, {
    ...data,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    changed: hasChanges,
    ...counts,
    changes,
  });
  host.note(hasChanges ? changeSummary(counts) : "no changes");
  return flags.detailedExitcode === true && hasChanges ? 2 : 0;
}
