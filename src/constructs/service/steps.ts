import type { CreationStep } from "../foundation/creation-steps.ts";

/**
 * The parts of the root module of a service or job, in the order of their creation. As for a foundation, the ID of a part is the
 * start of a resource's name in its address.
 */
const STEPS: readonly (readonly [id: string, title: string, configPaths: readonly string[]])[] = [
  ["foundation", "foundation", []],
  ["image", "image", ["image"]],
  ["logs", "logs", ["logs"]],
  ["secrets", "secrets", ["secrets"]],
  ["execution_role", "roles", ["permissions", "secrets"]],
  ["task_role", "roles", ["permissions", "secrets"]],
  ["task_definition", "task definition", ["size", "image", "environment"]],
  ["target_group", "route", ["route", "healthCheck"]],
  ["listener_rule", "route", ["route", "healthCheck"]],
  ["alarms", "alarms", ["deployment.alarms"]],
  ["service", "service", ["count", "deployment"]],
  ["scaling", "scaling", ["scale"]],
  ["schedule_role", "schedule", ["schedule"]],
  ["schedule", "schedule", ["schedule"]],
];

/** The IDs of all parts, in order. */
export const workloadStepIds: readonly string[] = STEPS.map(([id]) => id);

/** The part of a service or job that creates a resource, by the resource's address. */
export function workloadStepOf(address: string): CreationStep | undefined {
  const name = address.replace(/^data\./, "").split(".")[1] ?? "";
  const index = STEPS.findIndex(([id]) => name === id || name.startsWith(`${id}_`));
  const step = STEPS[index];
  return step && { number: index + 1, title: step[1], configPaths: step[2] };
}
