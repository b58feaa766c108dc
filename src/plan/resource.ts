import { withoutKeys } from "./module-address.ts";
import { isObject, type Json, listOf, type PlannedResource } from "./plan-json.ts";
import type { PlanModel } from "./plan-model.ts";
import type { SymbolicValue } from "./symbolic-value.ts";
import { isUnknown, type Unknown } from "./unknown.ts";

/** The path of a value in a resource: attribute and block names, and indexes of lists. */
export type AttributePath = readonly (string | number)[];

/** The target of a reference: a resource, and the attribute of it that the reference reads. */
export interface Reference {
  readonly resource: Resource;
  readonly attribute: string;
}

/** The targets of an attribute, such as the subnets of `subnet_ids`. */
export interface ResolvedReferences {
  /** Several for one value if the plan does not determine which of them it is. */
  readonly references: readonly Reference[];
  /** IDs of resources that the plan does not contain. */
  readonly externalIds: readonly string[];
  /** Values that cannot be resolved. */
  readonly unknown: readonly Unknown[];
}

/** The sources of an expression's value. */
export interface ReferenceSources {
  readonly references: readonly Reference[];
  /** References that cannot be resolved, as the configuration writes them. */
  readonly unresolved: readonly string[];
}

/** A resource instance of a plan or a state. */
export class Resource {
  readonly #plan: PlanModel;
  readonly address: string;
  readonly type: string;
  readonly mode: "managed" | "data";
  readonly module: string;
  readonly name: string;
  readonly key: string | number | undefined;
  readonly actions: readonly string[];
  readonly before: Json | undefined;
  /** The planned values. Unknown values are absent. */
  readonly values: Json;
  /** The shape of the unknown values: true for each unknown value. */
  readonly #unknown: unknown;
  #configKey: string | undefined;
  readonly #resolved = new Map<string, ResolvedReferences>();

  constructor(planned: PlannedResource, plan: PlanModel) {
    this.#plan = plan;
    this.address = planned.address;
    this.type = planned.type;
    this.mode = planned.mode;
    this.module = planned.module;
    this.name = planned.name;
    this.key = planned.key;
    this.actions = planned.actions;
    this.before = planned.before;
    this.values = planned.values;
    this.#unknown = planned.unknown;
  }

  get plan(): PlanModel {
    return this.#plan;
  }
  /** False for a resource of a state, which has no configuration. */
  get isInPlan(): boolean {
    return this.#plan.planJson.kind === "plan";
  }
  /** Names of the attributes and blocks, also of those with an unknown value. */
  get attributeNames(): readonly string[] {
    const names = Object.keys(this.values);
    if (isObject(this.#unknown))
      for (const name of Object.keys(this.#unknown)) if (!(name in this.values)) names.push(name);
    return names;
  }
  /** Identifies the resource block in the configuration: `module|type.name`, without keys. */
  get configKey(): string {
    this.#configKey ??= `${withoutKeys(this.module)}|${this.mode === "data" ? "data." : ""}${this.type}.${this.name}`;
    return this.#configKey;
  }
  get isNew(): boolean {
    return this.actions.includes("create");
  }

  /** The value of an attribute: undefined if it is absent or null, Unknown if the plan does not know it. */
  value(...path: AttributePath): unknown {
    this.#plan.onRead?.(this, path);
    let value: unknown = this.values;
    let unknown: unknown = this.#unknown;
    for (const step of path) {
      if (unknown === true) break;
      value = stepInto(value, step);
      unknown = stepInto(unknown, step);
    }
    if (unknown === true) return this.#plan.unknownAt(this, path);
    return value ?? undefined;
  }

  /** The value of an attribute with its nested values: each value that the plan does not know is an Unknown. */
  valueWithUnknowns(...path: AttributePath): unknown {
    return this.#withUnknowns(
      path.reduce<unknown>(stepInto, this.values),
      path.reduce<unknown>(
        (unknown, step) => (unknown === true ? true : stepInto(unknown, step)),
        this.#unknown,
      ),
      path,
    );
  }

  /** @param unknown the value at the path of the plan's `after_unknown`: true for an unknown value */
  #withUnknowns(value: unknown, unknown: unknown, path: AttributePath): unknown {
    this.#plan.onRead?.(this, path);
    if (unknown === true) return this.#plan.unknownAt(this, path);
    if (Array.isArray(value))
      return value.map((entry: unknown, index) =>
        this.#withUnknowns(entry, stepInto(unknown, index), [...path, index]),
      );
    if (!isObject(value)) return value ?? undefined;
    // Unknown values are absent from the planned values.
    const names = new Set([
      ...Object.keys(value),
      ...(isObject(unknown) ? Object.keys(unknown) : []),
    ]);
    return Object.fromEntries(
      Array.from(names, (name) => [
        name,
        this.#withUnknowns(value[name], stepInto(unknown, name), [...path, name]),
      ]),
    );
  }

  /** The value as a string; a number or a boolean is formatted as JSON. */
  text(...path: AttributePath): string | Unknown | undefined {
    const value = this.value(...path);
    if (value === undefined || isUnknown(value)) return value;
    return typeof value === "string" ? value : JSON.stringify(value);
  }

  number(...path: AttributePath): number | Unknown | undefined {
    const value = this.value(...path);
    if (value === undefined || isUnknown(value)) return value;
    return value === "" ? undefined : Number(value);
  }

  flag(...path: AttributePath): boolean | Unknown | undefined {
    const value = this.value(...path);
    return value === undefined || isUnknown(value) ? value : value === true || value === "true";
  }

  /** Paths of the nested blocks of a name, or of the elements of a list. */
  blockPaths(...path: AttributePath): AttributePath[] | Unknown {
    const value = this.value(...path);
    if (isUnknown(value)) return value;
    return listOf(value).map((_, index) => [...path, index]);
  }

  /** True if the attribute has a value, known or unknown, that is not null, "" or an empty list. */
  isSet(...path: AttributePath): boolean {
    const value = this.value(...path);
    return value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);
  }

  /** True if the configuration contains the attribute or the block. False for a state, which has no configuration. */
  isConfigured(name: string): boolean {
    return this.#plan.isConfigured(this, name);
  }

  /** True if the configuration contains the attribute. The JSON of a plan does not contain attributes of dynamic blocks. */
  hasExpression(...path: AttributePath): boolean {
    return this.#plan.hasExpression(this, path);
  }

  /**
   * The targets of an attribute.
   *
   * @param types resource types of the targets, or a type with an attribute, such as `aws_vpc.main_route_table_id`
   */
  referencesTo(types: readonly string[], ...path: AttributePath): ResolvedReferences {
    const key = `${types.join(" ")}|${path.join(".")}`;
    const cached = this.#resolved.get(key);
    if (cached) return cached;
    const resolved = this.#plan.resolveReferences(this, types, path);
    this.#resolved.set(key, resolved);
    return resolved;
  }

  /** True if Terraform creates this resource after the other: by a reference or depends_on, direct or indirect. */
  dependsOn(other: Resource): boolean {
    return this.#plan.dependsOn(this, other);
  }

  /** The value of an attribute's expression, for a value that is not known as a whole; undefined if the attribute has no expression. */
  symbolicValue(...path: AttributePath): SymbolicValue | undefined {
    return this.#plan.symbolicValue(this, path);
  }

  /** The resources that an attribute's expression uses, for a value that is not known as a whole. */
  referencesIn(...path: AttributePath): ReferenceSources {
    return this.#plan.referencesIn(this, path);
  }
}

export function stepInto(value: unknown, step: string | number): unknown {
  if (typeof step === "number") return Array.isArray(value) ? value[step] : undefined;
  return isObject(value) ? value[step] : undefined;
}
