import { rollback, type RollbackResult } from "../../app/index.ts";
import { revisionName } from "../../deployment/index.ts";
import { deploymentProblems } from "../deployment-text.ts";
import { dataOf, problemsFromError } from "../errors.ts";
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
          const { recordError } = result;
          host.result(lineOf(service, result), dataOf(result));
          if (recordError === undefined) return 0;
          host.problems(problemsFromError(recordError).problems);
          return 1;
        }
      }
    },
  );
}

type RolledBack = Extract<RollbackResult, { outcome: "rolled-back" }>;

function lineOf(service: string, { deployment, recordError, ...revisions }: RolledBack): string {
  const [from, to] = [revisionName(revisions.from), revisionName(revisions.to)];
  if (deployment !== undefined) return `${service} runs ${to} again, after ${from}`;
  const unchanged = `${service} already runs ${to}, after ${from}: no deployment was started`;
  return recordError === undefined
    ? `${unchanged}, and the next deploy starts from the image of ${to}; another rollback returns to ${from}`
    : unchanged;
}
