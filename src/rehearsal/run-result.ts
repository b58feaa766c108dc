import type { RehearsalResult } from "./options.ts";
import type { RunState } from "./run-state.ts";

/** The result of a rehearsal after its last phase. */
export function resultOf(run: RunState): RehearsalResult {
  const { faults } = run.options;
  const { phases, services, requests, skippedResources } = run;
  const unsupportedCalls = run.unsupportedCalls();
  const isFailed =
    phases.some((phase) => phase.outcome === "fail" && phase.name !== "traffic") ||
    services.some((service) => service.outcome === "fail") ||
    requests.some((request) => request.finding !== undefined);
  const isUnknown =
    unsupportedCalls.length > 0 ||
    services.some((service) => service.outcome === "unknown") ||
    // A resource of another provider is not part of the rehearsal. AWS resources that depend on it are.
    skippedResources.some(
      (skipped) => skipped.reason === "sandbox" || skipped.dependents.length > 0,
    );
  return {
    verdict: isFailed ? "fail" : isUnknown ? "unknown" : "pass",
    stacks: run.stacks.map((stack) => stack.name),
    phases,
    services,
    requests,
    errors: run.errors,
    differences: run.differences,
    outages: run.outages,
    remainingResources: run.remainingResources,
    latentRisks: run.latentRisks,
    skippedResources,
    skippedProviders: [...run.skippedProviders].sort(),
    allowedProviders: [...run.allowedProviders].sort(),
    localCode: run.localCode,
    unsupportedCalls,
    assumptions: [...run.assumptions],
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
