import { policiesOf, type RolePolicies, ROLE_TYPES } from "../../topology/role-policies.ts";
import type { TaskDefinition } from "../../topology/task-definitions.ts";
import type { Workload } from "../../topology/workloads.ts";
import { isUnknown, Unknown } from "../../plan/unknown.ts";
import type { Resource } from "../../plan/resource.ts";
import type { CheckContext } from "../engine/check.ts";

/** A role that a task definition names. */
export type Role =
  | { readonly kind: "here"; readonly resource: Resource; readonly policies: RolePolicies }
  | { readonly kind: "elsewhere"; readonly unknown: Unknown }
  | { readonly kind: "none" };

const known = new WeakMap<CheckContext, Map<string, RolePolicies>>();

export function policiesFor(subject: CheckContext, role: Resource): RolePolicies {
  const byRole = known.get(subject) ?? new Map<string, RolePolicies>();
  known.set(subject, byRole);
  const before = byRole.get(role.address);
  if (before) return before;
  const found = policiesOf(subject.plan, subject.accountAndRegion, role);
  byRole.set(role.address, found);
  return found;
}

/** The role that a resource names by an attribute. */
export function roleAt(subject: CheckContext, from: Resource, attribute: string): Role {
  const { references, externalIds, unknown } = from.referencesTo(ROLE_TYPES, attribute);
  const [hit] = references;
  if (hit && references.length === 1 && hit.resource.mode === "managed")
    return { kind: "here", resource: hit.resource, policies: policiesFor(subject, hit.resource) };
  if (hit)
    return {
      kind: "elsewhere",
      unknown: new Unknown(
        hit.resource.address,
        attribute,
        "is a role that this plan does not make",
      ),
    };
  if (unknown[0]) return { kind: "elsewhere", unknown: unknown[0] };
  const [arn] = externalIds;
  return arn === undefined
    ? { kind: "none" }
    : {
        kind: "elsewhere",
        unknown: new Unknown(from.address, attribute, `is ${arn}, which this plan does not make`),
      };
}

/** Task definitions that are placed somewhere, each with who places it. */
export function* defined(subject: CheckContext): Iterable<{
  readonly placement: Workload;
  readonly definition: TaskDefinition;
  readonly resource: Resource;
}> {
  for (const placement of subject.network.workloads) {
    const { definition } = placement;
    if (definition === undefined || isUnknown(definition) || definition.resource === undefined)
      continue;
    yield { placement, definition, resource: definition.resource };
  }
}
