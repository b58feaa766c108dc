import type { Configuration } from "./configuration.ts";
import { childModule, parseModuleAddress, withoutKeys } from "./module-address.ts";
import { isObject, type Json } from "./plan-json.ts";
import {
  expressionAt,
  parseReference,
  type ReferenceStep,
  referencesOf,
} from "./reference-syntax.ts";
import type {
  AttributePath,
  Reference,
  ReferenceSources,
  ResolvedReferences,
  Resource,
} from "./resource.ts";
import { isImplicitResource, type ResourceIndex } from "./resource-index.ts";
import type { SourceExpressions } from "./source-expressions.ts";
import { formatValue, isUnknown, Unknown } from "./unknown.ts";

/** Attributes that identify a resource: a reference to one of them is a reference to the resource. */
const IDENTIFYING_ATTRIBUTES = new Set([
  "id",
  "arn",
  "name",
  "bucket",
  "key_id",
  "url",
  "repository_url",
  "json",
]);

/** How many references are followed one after another: locals, variables, outputs and attributes. */
export const MAX_REFERENCE_DEPTH = 24;

const NO_REFERENCES: ResolvedReferences = { references: [], externalIds: [], unknown: [] };
const NO_SOURCES: ReferenceSources = { references: [], constants: [], unresolved: [] };

/** The place of an expression in the configuration. */
interface Scope {
  /** Address of the module instance. */
  readonly module: string;
  /** The key of the resource instance, for each.key and count.index. */
  readonly key: string | number | undefined;
  /** References in the for_each of the block that contains the expression. */
  readonly forEach: readonly string[];
  /** True if the expression uses each or count: it then selects the instance that has the same key. */
  readonly usesKey?: boolean;
}

/** How to resolve references. */
interface Resolution {
  readonly scope: Scope;
  /** Types of the targets; a reference to any other attribute is followed further. Empty: every resource is a target. */
  readonly types: readonly string[];
  /** How many references may still be followed. */
  readonly depth: number;
}

/** What the resolver reads. */
export interface ResolverInput {
  readonly configuration: Configuration;
  readonly resources: ResourceIndex;
  /** Expressions that the plan does not contain, from the .tf files. */
  readonly sources: SourceExpressions | undefined;
}

/** Follows the references of the configuration through locals, variables, module outputs and attributes. */
export class ReferenceResolver {
  readonly #configuration: Configuration;
  readonly #resources: ResourceIndex;
  readonly #sources: SourceExpressions | undefined;

  constructor({ configuration, resources, sources }: ResolverInput) {
    this.#configuration = configuration;
    this.#resources = resources;
    this.#sources = sources;
  }

  /** The targets of an attribute: by ID or name if its value is known, else by the references of its expression. */
  resolve(resource: Resource, types: readonly string[], path: AttributePath): ResolvedReferences {
    const value = resource.value(...path);
    if (value === undefined) return NO_REFERENCES;
    return isUnknown(value)
      ? this.#resolveUnknown(resource, types, path, value)
      : this.#resolveKnown(resource, types, path, value);
  }

  /** The targets of an output of the root module. */
  resolveOutput(name: string, types: readonly string[]): ResolvedReferences {
    const expression = this.#configuration.rootOutput(name);
    if (!expression) return NO_REFERENCES;
    const sources = this.#followAll(referencesOf(expression), {
      scope: { module: "", key: undefined, forEach: [] },
      types,
      depth: MAX_REFERENCE_DEPTH,
    });
    return {
      references: distinct(sources.references.filter((reference) => hasType(reference, types))),
      externalIds: [],
      unknown: sources.unresolved
        .filter((reference) => !isNotAResource(reference))
        .map((reference) => new Unknown(`output.${name}`, "value", `comes from ${reference}`)),
    };
  }

  /** The sources of an attribute's value, from the references of its expression. */
  sourcesOf(
    resource: Resource,
    path: AttributePath,
    types: readonly string[] = [],
  ): ReferenceSources {
    const block = this.#configuration.resourceBlock(resource.configKey);
    const expression = expressionAt(block?.["expressions"], path);
    const [name] = path;
    const references = expression
      ? referencesOf(expression)
      : (this.sourceReferences(resource, String(name)) ?? []);
    return this.#followAll(references, {
      scope: { module: resource.module, key: resource.key, forEach: forEachOf(block) },
      types,
      depth: MAX_REFERENCE_DEPTH,
    });
  }

  /** References in an attribute or block as the .tf files write it; undefined without .tf files. */
  sourceReferences({ configKey }: Resource, name: string): readonly string[] | undefined {
    return this.#sources?.attributes[configKey]?.[name];
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
    const [resource, ...others] = this.#resources
      .ofTypes(types.filter((type) => !type.includes(".")))
      .filter(
        (candidate) =>
          candidate !== referrer &&
          (candidate.values["name"] ?? candidate.values["bucket"]) === name,
      );
    return resource && others.length === 0 ? { resource, attribute: "name" } : undefined;
  }

  #resolveUnknown(
    resource: Resource,
    types: readonly string[],
    path: AttributePath,
    value: Unknown,
  ): ResolvedReferences {
    const sources = this.sourcesOf(resource, path, types);
    const references = distinct(
      sources.references.filter((reference) => hasType(reference, types)),
    );
    if (references.length > 0 && sources.unresolved.every((reference) => isNotAResource(reference)))
      return { references, externalIds: [], unknown: [] };
    // If only the key is unresolved, the value is one of the instances of a single resource block.
    const areInstancesOfOneBlock =
      references.length > 1 &&
      new Set(references.map((reference) => withoutKeys(reference.resource.address))).size === 1;
    return { references, externalIds: [], unknown: areInstancesOfOneBlock ? [] : [value] };
  }

  #followAll(references: readonly string[], resolution: Resolution): ReferenceSources {
    const { scope } = resolution;
    const usesKey =
      scope.usesKey === true || references.some((reference) => /^(each\.|count\.)/.test(reference));
    return merge(
      references.map((reference) =>
        this.#follow(reference, { ...resolution, scope: { ...scope, usesKey } }),
      ),
    );
  }

  #follow(reference: string, resolution: Resolution): ReferenceSources {
    const { scope, depth } = resolution;
    if (depth === 0) return unresolved(reference);
    const [head, second, ...rest] = parseReference(reference);
    if (typeof head !== "string") return NO_SOURCES;
    const name = typeof second === "string" ? second : "";
    const further: Resolution = { ...resolution, depth: depth - 1 };
    switch (head) {
      case "path":
      case "terraform":
      case "self":
      case "count":
        return NO_SOURCES;
      case "each":
        return name === "value" ? this.#followEachValue(rest, further) : NO_SOURCES;
      case "local": {
        const references = this.#sources?.locals[`${withoutKeys(scope.module)}|${name}`];
        return references ? this.#followAll(references, further) : unresolved(reference);
      }
      case "var":
        return this.#followVariable(name, further);
      case "module":
        return this.#followOutput({ reference, name, rest }, further);
      default:
        return this.#followResource(reference, resolution);
    }
  }

  /** An attribute of each.value: the same attribute of what for_each iterates over. */
  #followEachValue(rest: readonly ReferenceStep[], resolution: Resolution): ReferenceSources {
    const { scope } = resolution;
    const attribute = rest.filter((step) => typeof step === "string").join(".");
    const references = scope.forEach.map((reference) =>
      attribute !== "" && isWholeResource(reference) ? `${reference}.${attribute}` : reference,
    );
    return this.#followAll(references, { ...resolution, scope: { ...scope, usesKey: true } });
  }

  /** A variable of a module: the argument of the module's call. */
  #followVariable(name: string, resolution: Resolution): ReferenceSources {
    const { scope } = resolution;
    if (scope.module === "") return NO_SOURCES;
    const { parent, call: callName, key } = parseModuleAddress(scope.module);
    const call = this.#configuration.moduleCall(parent, callName);
    const argument = isObject(call?.["expressions"]) ? call["expressions"][name] : undefined;
    if (!isObject(argument)) return NO_SOURCES;
    const constants =
      "constant_value" in argument && !("references" in argument)
        ? [argument["constant_value"]]
        : [];
    const sources = this.#followAll(referencesOf(argument), {
      ...resolution,
      scope: { module: parent, key, forEach: forEachOf(call) },
    });
    return merge([{ ...NO_SOURCES, constants }, sources]);
  }

  /** An output of a module: the expressions of the output in each instance of the module that is meant. */
  #followOutput(
    {
      reference,
      name,
      rest,
    }: {
      readonly reference: string;
      readonly name: string;
      readonly rest: readonly ReferenceStep[];
    },
    resolution: Resolution,
  ): ReferenceSources {
    const { module: parent } = resolution.scope;
    const key = keyIn(rest);
    const outputName = rest.find((step) => typeof step === "string");
    const call = this.#configuration.moduleCall(parent, name);
    const module = isObject(call?.["module"]) ? call["module"] : undefined;
    const outputs = isObject(module?.["outputs"]) ? module["outputs"] : {};
    const output = outputName === undefined ? undefined : outputs[outputName];
    const expression = isObject(output) ? output["expression"] : undefined;
    if (!isObject(expression)) return unresolved(reference);
    const path = childModule(parent, name);
    const instances = this.#resources
      .moduleInstances(path)
      .filter((instance) => key === undefined || parseModuleAddress(instance).key === key);
    return merge(
      (instances.length > 0 ? instances : [path]).map((instance) =>
        this.#followAll(referencesOf(expression), {
          ...resolution,
          scope: { module: instance, key: undefined, forEach: [] },
        }),
      ),
    );
  }

  #followResource(reference: string, { scope, types, depth }: Resolution): ReferenceSources {
    const steps = parseReference(reference);
    const isData = steps[0] === "data";
    const [type, name, ...rest] = isData ? steps.slice(1) : steps;
    const instances = this.#resources.ofBlock(
      scope.module,
      `${isData ? "data" : "managed"}.${formatValue(type)}.${formatValue(name)}`,
    );
    if (!instances) return unresolved(reference);
    const attribute = rest.find((step): step is string => typeof step === "string") ?? "id";
    const selected = selectInstances(
      instances,
      keyIn(rest),
      scope.usesKey === true ? scope.key : undefined,
    );
    return merge(
      selected.map((resource) => this.#followAttribute({ resource, attribute }, types, depth)),
    );
  }

  #followAttribute(
    reference: Reference,
    types: readonly string[],
    depth: number,
  ): ReferenceSources {
    const { resource, attribute } = reference;
    if (types.length === 0 || hasType(reference, types) || IDENTIFYING_ATTRIBUTES.has(attribute))
      return { ...NO_SOURCES, references: [reference] };
    // An attribute of a resource of another type, such as aws_instance.subnet_id: its value is the target.
    const sources = this.sourcesOf(resource, [attribute], types);
    if (depth > 1 && sources.references.length > 0) return { ...sources, constants: [] };
    const value = resource.values[attribute];
    const targets = typeof value === "string" ? this.#resources.withId(value) : [];
    return { ...NO_SOURCES, references: targets.length > 0 ? targets : [reference] };
  }
}

const unresolved = (reference: string): ReferenceSources => ({
  ...NO_SOURCES,
  unresolved: [reference],
});

const merge = (parts: readonly ReferenceSources[]): ReferenceSources => ({
  references: parts.flatMap((part) => part.references),
  constants: parts.flatMap((part) => part.constants),
  unresolved: parts.flatMap((part) => part.unresolved),
});

function forEachOf(block: Json | undefined): readonly string[] {
  const expression = block?.["for_each_expression"];
  return isObject(expression) ? referencesOf(expression) : [];
}

/** The key in brackets directly after a resource or a module. */
const keyIn = ([first]: readonly ReferenceStep[]): string | number | undefined =>
  typeof first === "object" ? first.key : undefined;

/** True for a reference to a resource without an attribute, such as `aws_subnet.private`. */
const isWholeResource = (reference: string): boolean =>
  parseReference(reference).filter((step) => typeof step === "string").length === 2;

/** References that select an instance or name a path, and have no resource as a target. */
const isNotAResource = (reference: string): boolean =>
  /^(each\.key|count\.index|path\.|terraform\.)/.test(reference);

/** The instances that a reference means: the instance of its key, the instance of the referrer's key, or all. */
function selectInstances(
  resources: readonly Resource[],
  key: string | number | undefined,
  referrerKey: string | number | undefined,
): readonly Resource[] {
  if (key !== undefined) return resources.filter((resource) => resource.key === key);
  const sameKey =
    referrerKey === undefined ? [] : resources.filter((resource) => resource.key === referrerKey);
  return sameKey.length > 0 && resources.length > 1 ? sameKey : resources;
}

const hasType = (reference: Reference, types: readonly string[]): boolean =>
  types.includes(`${reference.resource.type}.${reference.attribute}`) ||
  (types.includes(reference.resource.type) && !isImplicitResource(reference));

/** One reference for each target; the VPC and the resources that AWS creates with it are different targets. */
const distinct = (references: readonly Reference[]): Reference[] => [
  ...new Map(
    references.map((reference) => [
      `${reference.resource.address}|${isImplicitResource(reference) ? reference.attribute : ""}`,
      reference,
    ]),
  ).values(),
];
