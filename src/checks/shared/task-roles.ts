import { type AttributePath, type Resource, Unknown, isUnknown } from "../../plan/index.ts";
import {
  ROLE_TYPES,
  type RolePolicies,
  policiesOf,
  type TaskDefinition,
  type Workload,
} from "../../topology/index.ts";
import type { CheckContext } from "../engine/check.ts";
import { oncePerSubject, type PerSubject } from "./once-per-subject.ts";

/** The IAM role in an attribute: a role that the plan manages, a role that it does not manage, or none. */
export type Role =
  | { readonly kind: "managed"; readonly resource: Resource; readonly policies: RolePolicies }
  | { readonly kind: "external"; readonly unknown: Unknown }
  | { readonly kind: "none" };

const policiesFor: PerSubject<Resource, RolePolicies> = oncePerSubject((context, role) =>
  policiesOf(context.plan, context.accountAndRegion, role),
);

/** The IAM role that an attribute of a resource refers to. */
export function roleAt(context: CheckContext, resource: Resource, ...path: AttributePath): Role {
  const { references, externalIds, unknown } = resource.referencesTo(ROLE_TYPES, ...path);
  const [reference] = references;
  if (reference && references.length === 1 && reference.resource.mode === "managed")
    return {
      kind: "managed",
      resource: reference.resource,
      policies: policiesFor(context, reference.resource),
    };
  if (reference)
    return {
      kind: "external",
      unknown: new Unknown(
        reference.resource.address,
        path,
        "is a role that this plan does not manage",
      ),
    };
  if (unknown[0]) return { kind: "external", unknown: unknown[0] };
  const [arn] = externalIds;
  return arn === undefined
    ? { kind: "none" }
    : {
        kind: "external",
        unknown: new Unknown(resource.address, path, `is ${arn}, which this plan does not manage`),
      };
}

/** Task definitions that a workload runs, each with its workload. */
export function* definedTasks(context: CheckContext): Iterable<{
  readonly workload: Workload;
  readonly definition: TaskDefinition;
  readonly resource: Resource;
}> {
  for (const workload of context.network.workloads) {
    const { definition } = workload;
    if (definition === undefined || isUnknown(definition) || definition.resource === undefined)
      continue;
    yield { workload, definition, resource: definition.resource };
  }
}
