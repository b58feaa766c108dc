import { rollback } from "../../app/index.ts";
import { revisionName } from "../../deployment/index.ts";
import { deploymentProblems } from "../deployment-text.ts";
import { problemsFromError } from "../errors.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { Host } from "../host/host.ts";
import { requireConfirmation, runOperation } from "../host/operation-host.ts";
import { defined, infrastructureOptions, type ProjectFlags } from "../project-flags.ts";

export interface RollbackFlags extends ProjectFlags {
  readonly service: string;
  readonly yes?: boolean;
}

/** Returns a service to the revision of its last successful deployment before the current one. */
export async function run(
  { service, yes, ...flags }: RollbackFlags,
  host: Host,
): Promise<ExitCode> {
  requireConfirmation(host, defined({ yes }));
  return runOperation(
    host,
    (operationHost) =>
      rollback({ ...infrastructureOptions(flags), ...defined({ yes }), service }, operationHost),
    (result) => {
      switch (result.outcome) {
        case "declined":
          host.note("nothing was changed");
          return 1;
        case "failed":
          host.problems(deploymentProblems(service, result.to, result.deployment));
          return 1;
        case "rolled-back": {
          const { recordError, ...completed } = result;
          const problems = recordError === undefined ? [] : problemsFromError(recordError).problems;
          host.result(
            `${service} runs ${revisionName(result.to)} again, after ${revisionName(result.from)}`,
            problems.length === 0 ? completed : { ...completed, recordError: problems },
          );
          if (problems.length === 0) return 0;
          host.problems(problems);
          return 1;
        }
      }
    },
  );
}
