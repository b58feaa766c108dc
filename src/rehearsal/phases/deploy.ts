import { countOf } from "../../shared/index.ts";
import { seedWorkloadResources } from "../../sandbox-seed/index.ts";
import { RequestMonitor } from "../probes/request-monitor.ts";
import type { Finding, PhaseName, RehearsedDeployment } from "../result.ts";
import type { PhaseResult, RunState } from "../run-state.ts";
import { type Deployed, findingOf, WorkloadRun } from "../services/workload-run.ts";

/**
 * Deploys the services of the configs for the first time, and runs their jobs once. The services start as ECS starts them after
 * `berth deploy`: Terraform creates them.
 *
 * @returns the services and jobs that run
 */
export async function deployWorkloads(run: RunState): Promise<readonly WorkloadRun[]> {
  const deployed: WorkloadRun[] = [];
  await run.runPhase("deploy", async () => {
    await run.prepare(() => seedWorkloads(run));
    for (const stack of run.workloadStacks) {
      run.progress.phase("deploy", stack.name);
      await stack.init();
      const workload = new WorkloadRun(run, stack);
      const result = await deployFirst(run, workload);
      run.deployments.push(result);
      if (result.outcome === "pass") deployed.push(workload);
    }
    return phaseResultOf(run, "deploy");
  });
  await run.indexAddresses();
  return deployed;
}

/** Creates what services and jobs expect to exist, and what no stack has created. */
async function seedWorkloads(run: RunState): Promise<void> {
  const before = new Set(run.resourcesInSandbox());
  for (const { settings, workload } of run.stacks) {
    if (settings === undefined || workload !== undefined) continue;
    const account = run.accountOf(settings);
    for (const assumption of await seedWorkloadResources(run.sandbox, settings, account))
      run.assumptions.add(assumption);
  }
  for (const resource of run.resourcesInSandbox())
    if (!before.has(resource)) run.existingResources.add(resource);
}

async function deployFirst(run: RunState, workload: WorkloadRun): Promise<RehearsedDeployment> {
  const { name, stack, service } = workload;
  const change = service === undefined ? ("job" as const) : ("first" as const);
  const base = { service: name, phase: "deploy" as const, change };
  const before = run.errors.length;
  await workload.applyFirst("deploy");
  const errors = run.errors.slice(before);
  if (errors.length > 0) return { ...base, outcome: "fail", findings: errors };
  const skipped = stack.skippedResources.find(({ mayDecide }) => mayDecide);
  if (skipped !== undefined)
    return {
      ...base,
      outcome: "unknown",
      findings: [],
      reason: `${skipped.address} was skipped`,
    };
  const failedTask = await (service === undefined ? workload.runJob() : workload.runBefore());
  if (failedTask !== undefined) return { ...base, outcome: "fail", findings: [failedTask] };
  if (service === undefined) {
    await workload.keepImage();
    return { ...base, outcome: "pass", findings: [] };
  }
  // Terraform created the service at the pace `instant`, so that ECS took no time.
  const { seconds: _, ...result } = resultOfGood(await workload.awaitFirst());
  if (result.outcome === "pass") await workload.keepImage();
  return { ...base, ...result };
}

/** The finding if a new revision did not lead to a deployment. */
export const NO_DEPLOYMENT: Finding = {
  step: "the deployment",
  message: "ECS started no deployment",
};

/** The result of a deployment that must succeed. */
export function resultOfGood(
  deployed: Deployed,
): Pick<RehearsedDeployment, "outcome" | "ended" | "seconds" | "findings"> {
  const { outcome: ended } = deployed;
  if (ended === "unchanged") return { outcome: "fail", ended, findings: [NO_DEPLOYMENT] };
  const { seconds, causes, reason, running, taskDefinition } = deployed;
  const isRunning = ended === "successful" && running?.taskDefinition === taskDefinition;
  const findings = causes.map((cause) => findingOf(cause, "starting tasks"));
  return {
    outcome: isRunning ? "pass" : "fail",
    ended,
    seconds,
    findings: isRunning
      ? []
      : findings.length > 0
        ? findings
        : [
            {
              step: "the deployment",
              message: reason ?? "the service does not run the new revision",
              isSandboxError: reason !== undefined,
            },
          ],
  };
}

/** Starts to send requests to the routes of services, each of which must be reached. Returns the services that are not reached. */
export async function startRequests(
  run: RunState,
  workloads: readonly WorkloadRun[],
): Promise<readonly string[]> {
  const routed = workloads.filter(({ service }) => service?.route !== undefined);
  if (routed.length === 0) return [];
  const monitor = new RequestMonitor(run.inspection, run.addressIndex);
  run.requestMonitor = monitor;
  const missing: string[] = [];
  for (const workload of routed) {
    const arn = await workload.serviceArn();
    if (arn === undefined || !monitor.reaches(arn)) missing.push(workload.name);
  }
  return missing;
}

/**
 * Time between two deployments, in milliseconds. At the pace `instant` tasks are healthy at once, and at the pace `real` only after
 * their health checks.
 */
export const PAUSE_MS: number = 10 * 60 * 1000;

/** Runs an action, and sends requests until it ends. */
export async function withRequests<Result>(
  run: RunState,
  deployment: Pick<RehearsedDeployment, "service" | "phase" | "change">,
  action: () => Promise<Result>,
): Promise<Result> {
  const { requestMonitor, clock } = run;
  clock.advance(PAUSE_MS);
  requestMonitor?.start(deployment, clock.now());
  try {
    return await action();
  } finally {
    requestMonitor?.send(clock.now());
    requestMonitor?.stop();
  }
}

/** The result of a phase with deployments. */
export function phaseResultOf(run: RunState, phase: PhaseName): PhaseResult {
  const results = run.deployments.filter((deployment) => deployment.phase === phase);
  const passed = results.filter(({ outcome }) => outcome === "pass").length;
  const { requestMonitor } = run;
  const failures = (requestMonitor?.failures ?? []).filter((failed) => failed.phase === phase);
  const failedCount = failures.reduce((sum, { count }) => sum + count, 0);
  const hasFailed = results.some(({ outcome }) => outcome === "fail") || failedCount > 0;
  return {
    outcome: hasFailed ? "fail" : passed === results.length ? "pass" : "unknown",
    summary: [
      `${passed} of ${results.length} ${RESULTS[phase] ?? "deployments passed"}`,
      ...(requestMonitor === undefined ? [] : [requestSummary(requestMonitor.sent, failedCount)]),
    ].join(", "),
  };
}

function requestSummary(sent: number, failed: number): string {
  if (sent === 0) return "no request was sent";
  return failed === 0 ? "no request failed" : `${countOf(failed, "request")} failed`;
}

/** What passed in a phase, after a number. */
const RESULTS: Readonly<Partial<Record<PhaseName, string>>> = {
  deploy: "services and jobs deployed",
  update: "updates passed",
  rollback: "bad updates rolled back",
  scale: "services scaled",
};
