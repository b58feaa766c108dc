import type { Json } from "../../plan/plan-json.ts";
import { isJson } from "../../plan/plan-json.ts";
import type { Resource } from "../../plan/resource.ts";
import { taskDefinitionOf, TASK_DEFINITION_TYPES } from "../../topology/task-definitions.ts";
import type { CheckContext } from "../engine/check.ts";

/** Task definitions whose containers are known, with each container as it is written. */
export function* written({
  plan,
}: CheckContext): Iterable<{ readonly resource: Resource; readonly containers: readonly Json[] }> {
  for (const resource of plan.resourcesOfType(...TASK_DEFINITION_TYPES)) {
    if (resource.mode !== "managed") continue;
    const { containers, unknown } = taskDefinitionOf(plan, resource);
    if (unknown) continue;
    yield {
      resource,
      containers: containers.flatMap((container) => (container.json ? [container.json] : [])),
    };
  }
}

/** Task definitions whose containers are known after apply, each with why. */
export function* unwritten({
  plan,
}: CheckContext): Iterable<{ readonly resource: Resource; readonly why: string }> {
  for (const resource of plan.resourcesOfType(...TASK_DEFINITION_TYPES)) {
    const { unknown } =
      resource.mode === "managed" ? taskDefinitionOf(plan, resource) : { unknown: undefined };
    if (unknown) yield { resource, why: String(unknown) };
  }
}

/** True where a task definition is for Fargate, or for services that run it there. */
export const isFargate = (resource: Resource): boolean => {
  const list = resource.value("requires_compatibilities");
  return Array.isArray(list) && list.includes("FARGATE");
};

export const objectAt = (json: Json, name: string): Json => {
  const value = json[name];
  return isJson(value) ? value : {};
};
