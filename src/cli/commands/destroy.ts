import { destroy } from "../../app/index.ts";
import { countOf } from "../../shared/index.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { requireConfirmation, runOperation } from "../host/operation-host.ts";
import {
  defined,
  infrastructureOptions,
  type ProjectFlags,
  servicesOption,
} from "../project-flags.ts";

export interface DestroyFlags extends ProjectFlags {
  /** @default all services and jobs, then the foundation */
  readonly services: readonly string[];
  readonly yes?: boolean;
}

/** Shows the plan, requests confirmation, and destroys the infrastructure that apply created. */
export async function run(
  { services, yes, ...flags }: DestroyFlags,
  host: Host,
): Promise<ExitCode> {
  requireConfirmation(host, defined({ yes }));
  return runOperation(
    host,
    (operationHost) =>
      destroy(
        {
          ...infrastructureOptions(flags),
          ...defined({ yes }),
          ...servicesOption(services),
        },
        operationHost,
      ),
    ({ outcome, hasPendingKey, ...counts }) => {
      switch (outcome) {
        case "declined":
          host.note("nothing was changed");
          return 1;
        case "nothing-to-destroy":
          host.note("nothing to destroy");
          host.result("", counts);
          return 0;
        case "destroyed": {
          const { destroyed, stoppedTasks, deregisteredRevisions } = counts;
          const parts = [
            `${destroyed} destroyed`,
            ...(stoppedTasks === 0 ? [] : [`${countOf(stoppedTasks, "task")} stopped`]),
            ...(deregisteredRevisions === 0
              ? []
              : [`${countOf(deregisteredRevisions, "revision")} deregistered`]),
            ...(hasPendingKey ? ["the KMS key is pending deletion"] : []),
          ];
          host.result(parts.join("; "), counts);
          return 0;
        }
      }
    },
  );
}
