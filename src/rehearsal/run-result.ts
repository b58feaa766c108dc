import type { RehearsalResult } from "./options.ts";
import type { PhaseName } from "./result.ts";
import type { RunState } from "./run-state.ts";

/** The result of a rehearsal after its last phase. */
export function resultOf(run: RunState, interruptedIn?: PhaseName): RehearsalResult {
  const { faults } = run.options;
  const { phases, services, requests, skippedResources, requestMonitor } = run;
  const unsupportedCalls = run.unsupportedCalls();
  const isFailed =
    phases.some((phase) => phase.outcome === "fail" && phase.name !== "traffic") ||
    services.some((service) => service.outcome === "fail") ||
    requests.some((request) => request.finding !== undefined) ||
    run.races.length > 0 ||
    // After an interrupt the phase itself has no result.
    (interruptedIn !== undefined &&
      interruptedIn !== "destroy" &&
      (run.errors.length > 0 || run.deployments.some(({ outcome }) => outcome === "fail")));
  const isUnknown =
    unsupportedCalls.length > 0 ||
    run.deployments.some(({ outcome }) => outcome === "unknown") ||
    services.some((service) => service.outcome === "unknown") ||
    requests.some((request) => request.untested !== undefined) ||
    skippedResources.some((skipped) => skipped.mayDecide) ||
    interruptedIn !== undefined;
  const started = new Set(run.deployments.map(({ service }) => service));
  const notRehearsed = run.stacks.flatMap(({ workload }) =>
    workload === undefined || started.has(workload.name) ? [] : [workload.name],
  );
  const success = run.options.until === "apply" ? "applied" : "pass";
  return {
    verdict: isFailed ? "fail" : isUnknown ? "unknown" : success,
    ...(interruptedIn === undefined ? {} : { interruptedIn }),
    stacks: run.stacks.map((stack) => stack.name),
    phases,
    services,
    requests,
    errors: [...run.races.map((race) => ({ ...race, phase: "apply" as const })), ...run.errors],
    differences: run.differences,
    ...(run.deployments.length === 0 ? {} : { deployments: run.deployments }),
    ...(requestMonitor === undefined
      ? {}
      : {
          deploymentRequests: { sent: requestMonitor.sent, failed: requestMonitor.failures },
        }),
    outages: run.outages,
    remainingResources: run.remainingResources,
    latentRisks: run.latentRisks,
    skippedResources,
    skippedProviders: [...run.skippedProviders].sort(),
    allowedProviders: [...run.allowedProviders].sort(),
    localCode: run.localCode,
    unsupportedCalls,
    ...(notRehearsed.length === 0 ? {} : { notRehearsed }),
    assumptions: [
      ...run.assumptions,
      ...run.stacks.flatMap(({ assumedImports }) =>
        [...assumedImports].map(
          (address) =>
            `${address} exists as its configuration says, because an import block adopts it`,
        ),
      ),
    ],
    calls: run.sandbox.calls.length,
    seconds: (performance.now() - run.startTime) / 1000,
    ...(faults === undefined
      ? {}
      : {
          faults: { seed: faults, count: run.faultCount, interrupts: run.wasInterrupted ? 1 : 0 },
        }),
    ...(run.policyRecorder ? { policy: run.policyRecorder.policy() } : {}),
  };
}
