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
 * Rehearses the life of an infrastructure in a sandbox, with the real engine: apply, tasks and traffic, an empty second
 * plan, a change, destroy. Nothing is loaded before it is called.
 *
 * @throws UserError where it cannot be rehearsed: no Terraform, no engine, a provider that is not there
 * @example
 * const { verdict, services } = await rehearse({ dir: "infrastructure" });
 */
export async function rehearse(
  options?: RehearseOptions,
  audience?: ProgressListener,
): Promise<RehearsalResult> {
  const { rehearse: play } = await import("./rehearsal-run.ts");
  return play(options, audience);
}
