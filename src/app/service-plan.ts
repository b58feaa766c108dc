import { isObject } from "../shared/index.ts";

/** What the first deployment of a service with a task before it reads from the plan. */
export interface ServicePlan {
  /** Addresses of planned resources that do not depend on the ECS service. */
  readonly independentResources: readonly string[];
  /** Outputs that are known before the apply. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

const objectsIn = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

const childOf = (value: unknown, ...names: readonly string[]): unknown =>
  names.reduce<unknown>((parent, name) => (isObject(parent) ? parent[name] : undefined), value);

/**
 * Reads the JSON of a plan of a service. Its root module has no child modules.
 *
 * Source: Terraform documentation, "JSON Output Format".
 */
export function servicePlanOf(json: unknown): ServicePlan {
  const changes = objectsIn(childOf(json, "resource_changes")).filter(
    ({ mode }) => mode === "managed",
  );
  const dependents = serviceDependents(
    objectsIn(childOf(json, "configuration", "root_module", "resources")),
  );
  const outputs = childOf(json, "planned_values", "outputs");
  return {
    independentResources: changes.flatMap(({ address }) =>
      typeof address === "string" && !dependents.has(blockOf(address)) ? [address] : [],
    ),
    outputs: Object.fromEntries(
      Object.entries(isObject(outputs) ? outputs : {}).map(([name, output]) => [
        name,
        childOf(output, "value"),
      ]),
    ),
  };
}

/** The address of the resource block of an instance. */
const blockOf = (address: string): string => address.replace(/\[.*$/, "");

/** Addresses of the ECS service and of the resource blocks that depend on it. */
function serviceDependents(
  resources: readonly Readonly<Record<string, unknown>>[],
): ReadonlySet<string> {
  const dependents = new Set(
    resources.flatMap(({ type, address }) =>
      type === "aws_ecs_service" && typeof address === "string" ? [address] : [],
    ),
  );
  for (let before = -1; before !== dependents.size;) {
    before = dependents.size;
    for (const { address, expressions, depends_on } of resources)
      if (
        typeof address === "string" &&
        [...referencesIn(expressions), ...textsIn(depends_on)].some((reference) =>
          [...dependents].some(
            (dependent) => reference === dependent || reference.startsWith(`${dependent}.`),
          ),
        )
      )
        dependents.add(address);
  }
  return dependents;
}

const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];

/** All references in the expressions of a resource block. */
function referencesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isObject(value)) return [];
  return [...textsIn(value["references"]), ...Object.values(value).flatMap(referencesIn)];
}

/** The ARN of the task definition in the JSON of a state. */
export function taskDefinitionIn(state: unknown): string {
  const arn = objectsIn(childOf(state, "values", "root_module", "resources"))
    .filter(({ type }) => type === "aws_ecs_task_definition")
    .map(({ values }) => childOf(values, "arn"))[0];
  if (typeof arn !== "string") throw new TypeError("the state has no task definition");
  return arn;
}
