import type { ConfiguredExpressions } from "./configured-expressions.ts";
import type { ExpressionEvaluator } from "./expression-evaluator.ts";
import { withoutKeys } from "./module-address.ts";
import { distinctTargets, hasType, ReferenceTargets } from "./reference-targets.ts";
import type {
  AttributePath,
  Reference,
  ReferenceSources,
  ResolvedReferences,
  Resource,
} from "./resource.ts";
import type { ResourceIndex } from "./resource-index.ts";
import type { SymbolicValue } from "./symbolic-value.ts";
import { isUnknown, Unknown } from "./unknown.ts";

const NO_REFERENCES: ResolvedReferences = { references: [], externalIds: [], unknown: [] };
const NO_SOURCES: ReferenceSources = { references: [], unresolved: [] };

/** What the resolver reads. */
export interface ResolverInput {
  readonly expressions: ConfiguredExpressions;
  readonly evaluator: ExpressionEvaluator;
  readonly resources: ResourceIndex;
}

/**
 * Finds the targets of attributes: by ID or name if the value is known, else by the value of its expression.
 * The algorithm: docs/concepts/unknown-values.md.
 */
export class ReferenceResolver {
  readonly #expressions: ConfiguredExpressions;
  readonly #evaluator: ExpressionEvaluator;
  readonly #resources: ResourceIndex;
  readonly #targets: ReferenceTargets;

  constructor({ expressions, evaluator, resources }: ResolverInput) {
    this.#expressions = expressions;
    this.#evaluator = evaluator;
    this.#resources = resources;
    this.#targets = new ReferenceTargets(evaluator, resources);
  }

  /** The targets of an attribute. */
  resolve(resource: Resource, types: readonly string[], path: AttributePath): ResolvedReferences {
    const value = resource.value(...path);
    if (value === undefined) return NO_REFERENCES;
    return isUnknown(value)
      ? this.#resolveUnknown(resource, types, path, value)
      : this.#resolveKnown(resource, types, path, value);
  }

  /** The targets of an output of the root module. */
  resolveOutput(name: string, types: readonly string[]): ResolvedReferences {
    const expression = this.#expressions.output("", name);
    if (!expression) return NO_REFERENCES;
    const value = this.#evaluator.evaluate(expression, {
      module: "",
      key: undefined,
      forEach: undefined,
    });
    const sources = this.#targets.of(value, types);
    return {
      references: distinctTargets(
        sources.references.filter((reference) => hasType(reference, types)),
      ),
      externalIds: [],
      unknown: sources.unresolved.map(
        (reference) => new Unknown(`output.${name}`, "value", `comes from ${reference}`),
      ),
    };
  }

  /** The resources of a value; undefined if it has references that cannot be resolved. */
  targetsOf(value: SymbolicValue, types: readonly string[]): readonly Resource[] | undefined {
    const { references, unresolved } = this.#targets.of(value, types);
    return unresolved.length > 0
      ? undefined
      : distinctTargets(references.filter((reference) => hasType(reference, types))).map(
          ({ resource }) => resource,
        );
  }

  /** The sources of an attribute's value, from its expression. */
  sourcesOf(
    resource: Resource,
    path: AttributePath,
    types: readonly string[] = [],
  ): ReferenceSources {
    const value = this.#evaluator.attribute(resource, path);
    return value ? this.#targets.of(value, types) : NO_SOURCES;
  }

  #resolveKnown(
    resource: Resource,
    types: readonly string[],
    path: AttributePath,
    value: unknown,
  ): ResolvedReferences {
    const references: Reference[] = [];
    const externalIds: string[] = [];
    const unknown: Unknown[] = [];
    for (const [index, element] of (Array.isArray(value) ? value : [value]).entries()) {
      if (element === null || element === undefined) {
        const part = Array.isArray(value) ? resource.value(...path, index) : undefined;
        if (isUnknown(part)) {
          const resolved = this.#resolveUnknown(resource, types, [...path, index], part);
          references.push(...resolved.references);
          unknown.push(...resolved.unknown);
        }
        continue;
      }
      const id = String(element);
      if (id === "") continue;
      const reference =
        this.#resources.withId(id).find((target) => hasType(target, types)) ??
        this.#withName(id, types, resource);
      if (reference) references.push(reference);
      else externalIds.push(id);
    }
    return { references, externalIds, unknown };
  }

  /** The resource that has a name, if no other resource of these types has the same name. */
  #withName(name: string, types: readonly string[], referrer: Resource): Reference | undefined {
    const [resource, ...others] = types
      .filter((type) => !type.includes("."))
      .flatMap((type) => this.#resources.ofTypeWithName(type, name))
      .filter((candidate) => candidate !== referrer);
    return resource && others.length === 0 ? { resource, attribute: "name" } : undefined;
  }

  #resolveUnknown(
    resource: Resource,
    types: readonly string[],
    path: AttributePath,
    value: Unknown,
  ): ResolvedReferences {
    const sources = this.sourcesOf(resource, path, types);
    const references = distinctTargets(
      sources.references.filter((reference) => hasType(reference, types)),
    );
    if (references.length > 0 && sources.unresolved.length === 0)
      return { references, externalIds: [], unknown: [] };
    // If only the key is unresolved, the value is one of the instances of a single resource block.
    const areInstancesOfOneBlock =
      references.length > 1 &&
      new Set(references.map((reference) => withoutKeys(reference.resource.address))).size === 1;
    return { references, externalIds: [], unknown: areInstancesOfOneBlock ? [] : [value] };
  }
}
