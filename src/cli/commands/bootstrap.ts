import { bootstrap, suggest } from "../../app/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { requireConfirmation, runOperation } from "../host/operation-host.ts";
import { defined, infrastructureOptions, type ProjectFlags } from "../project-flags.ts";
import { renderOutputs } from "../render-outputs.ts";

export interface BootstrapFlags extends ProjectFlags {
  readonly yes?: boolean;
  readonly destroy?: boolean;
}

/** Creates or destroys the resources that a pipeline requires in an account. */
export async function run(flags: BootstrapFlags, host: Host): Promise<ExitCode> {
  const { yes, destroy } = flags;
  requireConfirmation(host, flags);
  const options = infrastructureOptions(flags);
  return runOperation(
    host,
    (operationHost) => bootstrap({ ...options, ...defined({ yes, destroy }) }, operationHost),
    (result) => {
      switch (result.outcome) {
        case "declined":
          host.note("nothing was changed");
          return 1;
        case "nothing-to-destroy":
          host.note("nothing to destroy");
          host.result("", { destroyed: 0 });
          return 0;
        case "destroyed": {
          const { destroyed, keepsBucket } = result;
          host.result(
            `${destroyed} destroyed; ${keepsBucket ? "the bucket was kept" : "the KMS key is pending deletion"}`,
            { destroyed },
          );
          return 0;
        }
        case "applied":
        case "no-changes": {
          const { counts, outputs } = result;
          host.note(
            `next: run ${suggest("pipeline", options)} to write the workflow that uses these roles`,
          );
          host.result(renderOutputs(outputs), { ...counts, outputs });
          return 0;
        }
      }
    },
  );
}
