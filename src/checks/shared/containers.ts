import { type Json, isObject, type Resource, type Unknown } from "../../plan/index.ts";
import { TASK_DEFINITION_TYPES, taskDefinitionOf } from "../../topology/index.ts";
import type { CheckContext } from "../engine/check.ts";

/** Task definitions whose container definitions are known, with each container definition as the configuration has it. */
export function* knownContainers({
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

/** Task definitions whose container definitions are known after apply, with the reason. */
export function* unknownContainers({
  plan,
}: CheckContext): Iterable<{ readonly resource: Resource; readonly reason: string }> {
  for (const resource of plan.resourcesOfType(...TASK_DEFINITION_TYPES)) {
    if (resource.mode !== "managed") continue;
    const { unknown } = taskDefinitionOf(plan, resource);
    if (unknown) yield { resource, reason: String(unknown) };
  }
}

/** True for a task definition whose requires_compatibilities contains FARGATE. */
export const isFargate = (resource: Resource): boolean => {
  const compatibilities = resource.value("requires_compatibilities");
  return Array.isArray(compatibilities) && compatibilities.includes("FARGATE");
};

/** The CPU or memory of a task definition. Terraform does not send an empty text, so that it counts as no size. */
export const taskSize = (
  resource: Resource,
  attribute: "cpu" | "memory",
): string | Unknown | undefined =>
  resource.isSet(attribute) ? resource.text(attribute) : undefined;

/** The object in a member of an object; an empty object if the member is not an object. */
export const objectAt = (json: Json, name: string): Json => {
  const value = json[name];
  return isObject(value) ? value : {};
};
