import { join } from "node:path";
import type { ServiceOptions } from "../../config/index.ts";
import { Seeder } from "../../sandbox/seeding.ts";
import { parameterNameOf } from "../../sandbox-seed/index.ts";
import type { Finding, RehearsedDeployment } from "../result.ts";
import type { RunState } from "../run-state.ts";
import { type BadChange, badChangesOf, expectedFailures } from "../services/variants.ts";
import { type Deployed, findingOf, type WorkloadRun } from "../services/workload-run.ts";
import {
  NO_DEPLOYMENT,
  phaseResultOf,
  resultOfGood,
  startRequests,
  withRequests,
} from "./deploy.ts";
import { differencesOf } from "./second-plan.ts";

/** Updates each service to a good revision, while requests are sent. */
export async function updateServices(
  run: RunState,
  services: readonly ServiceRun[],
): Promise<void> {
  await run.runPhase("update", async () => {
    const unreached = await startRequests(run, services);
    for (const workload of services) {
      run.progress.phase("update", workload.stack.name);
      const base = { service: workload.name, phase: "update" as const, change: "update" as const };
      const result = await withRequests(run, base, () => update(run, workload));
      run.deployments.push({
        ...base,
        ...result,
        ...(result.outcome === "pass" && unreached.includes(workload.name)
          ? { outcome: "unknown" as const, reason: "no request could be sent to its route" }
          : {}),
      });
    }
    return phaseResultOf(run, "update");
  });
}

/** A service of a config in a rehearsal. */
export type ServiceRun = WorkloadRun & { readonly service: ServiceOptions };

/** The services among services and jobs. */
export const servicesOf = (workloads: readonly WorkloadRun[]): ServiceRun[] =>
  workloads.filter((workload): workload is ServiceRun => workload.service !== undefined);

type Result = Omit<RehearsedDeployment, "service" | "phase" | "change">;

async function update(run: RunState, workload: ServiceRun): Promise<Result> {
  const errors = await newErrors(run, () => workload.applyChange("update", "update"));
  if (errors.length > 0) return { outcome: "fail", findings: errors };
  const failedTask = await workload.runBefore();
  const result: Result =
    failedTask === undefined
      ? resultOfGood(await workload.deploy())
      : { outcome: "fail", findings: [failedTask] };
  if (result.outcome === "pass") await workload.keepImage();
  else await workload.restore("update");
  return result;
}

/** Runs Terraform. Returns its errors. */
async function newErrors(run: RunState, work: () => Promise<unknown>): Promise<Finding[]> {
  const before = run.errors.length;
  await work();
  return run.errors.slice(before);
}

/**
 * Deploys bad revisions of each service: ECS must return to the revision before, and the failure must be explained. Afterwards the
 * plan of the service must be empty.
 */
export async function rollBackServices(
  run: RunState,
  services: readonly ServiceRun[],
): Promise<void> {
  await run.runPhase("rollback", async () => {
    const before = { differences: run.differences.length, errors: run.errors.length };
    for (const workload of services) {
      run.progress.phase("rollback", workload.stack.name);
      for (const change of badChangesOf(workload.service)) {
        const base = { service: workload.name, phase: "rollback" as const, change };
        const result = await withRequests(run, base, () => failToUpdate(run, workload, change));
        run.deployments.push({ ...base, ...result });
      }
      const { stack } = workload;
      const { result, plan } = await stack.plan(join(run.directory, "restored.tfplan"), () => {});
      run.recordErrors("rollback", result, stack);
      if (plan !== undefined) run.differences.push(...differencesOf(stack, plan));
    }
    const phase = phaseResultOf(run, "rollback");
    const isPlanEmpty = run.differences.length === before.differences;
    return {
      outcome: isPlanEmpty && run.errors.length === before.errors ? phase.outcome : "fail",
      summary: `${phase.summary}, the plan afterwards is ${isPlanEmpty ? "empty" : "not empty"}`,
    };
  });
}

/** Deploys a bad revision, and returns to the good one. */
async function failToUpdate(
  run: RunState,
  workload: ServiceRun,
  change: BadChange,
): Promise<Result> {
  const previous = await workload.runningRevision();
  const errors = await newErrors(run, () => workload.applyChange("rollback", change));
  if (errors.length > 0) return { outcome: "fail", findings: errors };
  const restoreSecret = change === "secret-missing" ? removeSecret(run, workload) : undefined;
  const isPossible = change !== "secret-missing" || restoreSecret !== undefined;
  let deployed: Deployed | undefined;
  try {
    if (isPossible) deployed = await workload.deploy();
  } finally {
    restoreSecret?.();
  }
  const restoreErrors = await newErrors(run, () => workload.restore("rollback"));
  if (deployed === undefined)
    return { outcome: "unknown", findings: restoreErrors, reason: "none of its secrets exists" };
  const result = resultOfBad(deployed, previous, expectedFailures(change, workload.service));
  return restoreErrors.length === 0
    ? result
    : { ...result, outcome: "fail", findings: [...result.findings, ...restoreErrors] };
}

/**
 * Compares a bad update with what must happen.
 *
 * @param previous ARN of the revision that ran before
 * @param expected failures, one of which must explain it
 */
export function resultOfBad(
  deployed: Deployed,
  previous: string | undefined,
  expected: readonly string[],
): Result {
  if (deployed.outcome === "unchanged")
    return { outcome: "fail", ended: "unchanged", findings: [NO_DEPLOYMENT] };
  const { outcome: ended, seconds, causes, reason, running } = deployed;
  const cause = causes.find(
    ({ failure }) => failure !== undefined && expected.includes(failure.id),
  );
  const problems = [
    ...(ended === "rolled-back" ? [] : [`ECS did not roll the update back: ${reason ?? ended}`]),
    ...(ended === "rolled-back" && running?.taskDefinition !== previous
      ? [`the service runs ${running?.taskDefinition ?? "nothing"}, and not the revision before`]
      : []),
    ...(cause === undefined ? [`the failure was not explained by ${expected.join(" or ")}`] : []),
  ];
  return {
    outcome: problems.length === 0 ? "pass" : "fail",
    ended,
    seconds,
    ...(cause?.failure === undefined ? {} : { explainedBy: cause.failure.id }),
    findings:
      problems.length === 0
        ? []
        : [
            ...problems.map((message) => ({ step: "the rollback", message })),
            ...causes.map((found) => findingOf(found, "starting tasks")),
          ],
  };
}

/** Removes the first secret or parameter of a service. Returns a function that restores it; undefined if none exists. */
function removeSecret(run: RunState, { settings, service }: ServiceRun): (() => void) | undefined {
  const account = run.accountOf(settings);
  const seeder = new Seeder(run.sandbox, { account, region: settings.region });
  for (const reference of Object.values(service.secrets ?? {})) {
    const restore =
      "secret" in reference
        ? seeder.removeSecret(reference.secret)
        : seeder.removeParameter(parameterNameOf(reference.parameter));
    if (restore !== undefined) return restore;
  }
  return undefined;
}
