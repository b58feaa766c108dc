import { apply } from "../../app/index.ts";
import { textOf } from "../../checks/report/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { requireConfirmation, runOperation } from "../host/operation-host.ts";
import { notApprovedProblem } from "../not-approved.ts";
import { paintFor } from "../host/paint.ts";
import { defined, infrastructureOptions, type ProjectFlags } from "../project-flags.ts";
import { renderOutputs } from "../render-outputs.ts";

export interface ApplyFlags extends ProjectFlags {
  readonly yes?: boolean;
  /** The fingerprint that the plan must have. */
  readonly approved?: string;
  /** Apply even if the check fails. */
  readonly unchecked?: boolean;
}

/** Shows the plan, requests confirmation, and creates or changes the infrastructure. */
export async function run(flags: ApplyFlags, host: Host): Promise<ExitCode> {
  const { yes, approved, unchecked } = flags;
  requireConfirmation(host, flags);
  return runOperation(
    host,
    (operationHost) =>
      apply(
        { ...infrastructureOptions(flags), ...defined({ yes, approved, unchecked }) },
        operationHost,
      ),
    (result) => {
      switch (result.outcome) {
        case "declined":
          host.note("nothing was changed");
          return 1;
        case "not-approved":
          host.show(result.plan);
          host.problems([notApprovedProblem(result, { approved, command: "apply" })]);
          return 4;
        case "check-failed":
          host.show(textOf(result.check, paintFor(host)));
          host.problems([
            {
              what: "the check of this plan fails; nothing was changed",
              code: "BERTH-E7005",
              fix: "fix the findings above, or pass --unchecked to apply anyway",
            },
          ]);
          return 3;
        case "applied":
        case "no-changes": {
          const { counts, outputs } = result;
          host.result(renderOutputs(outputs), { ...counts, outputs });
          return 0;
        }
      }
    },
  );
}
