import type { ProgressListener, RehearsalResult, RehearseOptions } from "./options.ts";

export type { ProgressListener, RehearsalResult, RehearseOptions, Checkpoint } from "./options.ts";
export type {
  Difference,
  Finding,
  SkippedResource,
  LocalCode,
  ChangingCall,
  Outage,
  Phase,
  PhaseName,
  Rehearsal,
  ServiceVerdict,
  RehearsalPathStep,
  TestRequestResult,
} from "./result.ts";

/**
 * Runs the full lifecycle of a Terraform configuration in a sandbox, with real Terraform: apply, tasks and traffic, a
 * second plan that must have no changes, a change, destroy. The implementation is loaded at the first call.
 *
 * @throws UserError where the rehearsal cannot run: Terraform or a provider is not installed, or an option is wrong
 * @example
 * const { verdict, services } = await rehearse({ dir: "infrastructure" });
 */
export async function rehearse(
  options?: RehearseOptions,
  progress?: ProgressListener,
): Promise<RehearsalResult> {
  const { rehearse: run } = await import("./rehearsal-run.ts");
  return run(options, progress);
}
