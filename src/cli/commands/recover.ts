import { recover } from "../../app/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { runOperation } from "../host/operation-host.ts";
import { defined, infrastructureOptions, type ProjectFlags } from "../project-flags.ts";

export interface RecoverFlags extends ProjectFlags {
  readonly yes?: boolean;
  /** @default the foundation */
  readonly service?: string;
  /** Recover a run of `berth bootstrap` instead of an environment. */
  readonly bootstrap?: boolean;
  /** Continue although resources of an interrupted run are missing in the state. */
  readonly acceptMissing?: boolean;
}

/** Saves the state of an interrupted run and releases its lock. Changes no resources in the account. */
export async function run(flags: RecoverFlags, host: Host): Promise<ExitCode> {
  const { yes, service, bootstrap, acceptMissing } = flags;
  return runOperation(
    host,
    (operationHost) =>
      recover(
        { ...infrastructureOptions(flags), ...defined({ yes, service, bootstrap, acceptMissing }) },
        operationHost,
      ),
    ({ outcome }) => {
      switch (outcome) {
        case "declined":
          host.note("nothing was changed");
          return 1;
        case "nothing-to-recover":
          host.result("nothing to recover", { recovered: false });
          return 0;
        case "recovered":
          host.result("state recovered", { recovered: true });
          return 0;
      }
    },
  );
}
