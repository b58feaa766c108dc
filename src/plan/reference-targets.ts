import type { ExpressionEvaluator } from "./expression-evaluator.ts";
import type { AttributePath, Reference, ReferenceSources, Resource } from "./resource.ts";
import { isImplicitResource, type ResourceIndex } from "./resource-index.ts";
import { IDENTIFYING_ATTRIBUTES, type SymbolicValue } from "./symbolic-value.ts";

/** True if the target of a reference is a resource of one of the types. */
export const hasType = (reference: Reference, types: readonly string[]): boolean =>
  (types.includes(reference.resource.type) && !isImplicitResource(reference)) ||
  types.includes(`${reference.resource.type}.${reference.attribute}`);

/** One reference for each target; the VPC and the resources that AWS creates with it are different targets. */
export const distinctTargets = (references: readonly Reference[]): readonly Reference[] =>
  references.length < 2
    ? references
    : [
        ...new Map(
          references.map((reference) => [
            `${reference.resource.address}|${isImplicitResource(reference) ? reference.attribute : ""}`,
            reference,
          ]),
        ).values(),
      ];

/** Finds the resources that a value consists of. */
export class ReferenceTargets {
  readonly #evaluator: ExpressionEvaluator;
  readonly #resources: ResourceIndex;
  /** Attributes that are being followed, so that attributes that refer to each other end the search. */
  readonly #following = new Set<string>();

  constructor(evaluator: ExpressionEvaluator, resources: ResourceIndex) {
    this.#evaluator = evaluator;
    this.#resources = resources;
  }

  /**
   * The resources of a value.
   *
   * @param types types of the targets; a reference to any other attribute is followed further. Empty: every resource
   */
  of(value: SymbolicValue, types: readonly string[]): ReferenceSources {
    const references: Reference[] = [];
    const unresolved: string[] = [];
    const pending: SymbolicValue[] = [value];
    for (let current = pending.pop(); current; current = pending.pop()) {
      switch (current.kind) {
        case "constant":
          break;
        case "resource":
          references.push({ resource: current.resource, attribute: "id" });
          break;
        case "block":
          for (const resource of current.block.instances)
            references.push({ resource, attribute: "id" });
          break;
        case "attribute": {
          const sources = this.#ofAttribute(current.resource, current.path, types);
          references.push(...sources.references);
          unresolved.push(...sources.unresolved);
          break;
        }
        case "module":
          unresolved.push(current.text);
          break;
        case "json":
          pending.push(current.value);
          break;
        case "mixed":
          unresolved.push(...current.unresolved);
          pending.push(...current.parts.toReversed());
          break;
        case "list":
          pending.push(...current.elements.toReversed());
          break;
        case "map":
          pending.push(...[...current.entries.values()].toReversed());
          break;
        case "text":
          pending.push(...current.parts.toReversed());
          break;
      }
    }
    return { references, unresolved };
  }

  /** An attribute of a resource of another type, such as aws_instance.subnet_id: its value is the target. */
  #ofAttribute(
    resource: Resource,
    path: AttributePath,
    types: readonly string[],
  ): ReferenceSources {
    const attribute = path.find((step) => typeof step === "string") ?? "id";
    const reference: Reference = { resource, attribute };
    const itself: ReferenceSources = { references: [reference], unresolved: [] };
    if (types.length === 0 || hasType(reference, types) || IDENTIFYING_ATTRIBUTES.has(attribute))
      return itself;
    const key = `${resource.address}|${path.join(".")}`;
    if (this.#following.has(key)) return itself;
    this.#following.add(key);
    const value = this.#evaluator.attribute(resource, path);
    const sources = value && this.of(value, types);
    this.#following.delete(key);
    if (sources && sources.references.length > 0) return sources;
    const known = resource.value(...path);
    const targets = typeof known === "string" ? this.#resources.withId(known) : [];
    return targets.length > 0 ? { references: targets, unresolved: [] } : itself;
  }
}
