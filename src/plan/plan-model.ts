import { expressionAt, referencesOf, stepsOf } from "./reference-syntax.ts";
import { isJson, type Json, listOf, type PlanJson, type PlannedResource } from "./plan-json.ts";
import { ASIDE, asideName, type Sources } from "./source-expressions.ts";

/** What is not known, and why. */
export class Unknown {
  /** Terraform's address. */
  readonly address: string;
  readonly attribute: string;
  #because: string | (() => string);

  /** @param because words, or how to find them: most are never read */
  constructor(address: string, attribute: string, because: string | (() => string)) {
    this.address = address;
    this.attribute = attribute;
    this.#because = because;
  }

  get reason(): string {
    if (typeof this.#because !== "string") this.#because = this.#because();
    return this.#because;
  }

  toString(): string {
    return `${this.address}: ${this.attribute} ${this.reason}`;
  }
}

/** A value in words: texts as they are, all else as JSON. */
export const formatValue = (value: unknown): string =>
  typeof value === "string"
    ? value
    : value instanceof Unknown
      ? value.toString()
      : (JSON.stringify(value) ?? "nothing");

export const isUnknown = (value: unknown): value is Unknown => value instanceof Unknown;

export type AttributePath = readonly (string | number)[];

/** A resource that a value leads to, and the attribute of it that the value is. */
export interface Reference {
  readonly resource: Resource;
  readonly attribute: string;
}

/**
 * What an attribute points at: resources (several for one value where it is not known which of them), ids of what is
 * not here, and what cannot be followed.
 */
export interface ResolvedReferences {
  readonly references: readonly Reference[];
  readonly externalIds: readonly string[];
  readonly unknown: readonly Unknown[];
}

/** What a value comes from: resources, constants of the configuration, and what cannot be followed. */
interface ReferenceSources {
  readonly references: Reference[];
  readonly constants: unknown[];
  readonly unresolved: string[];
}

/** Where an expression stands: a module instance, and the key of what it is written in. */
interface Scope {
  readonly module: string;
  readonly key: string | number | undefined;
  /** References in the for_each around it. */
  readonly each: readonly string[];
  /** True where the expression uses the key, and so chooses by it. */
  readonly isKeyed?: boolean;
}

/** What makes a resource itself: a reference to one of these is a reference to the resource. */
const ITSELF = new Set(["id", "arn", "name", "bucket", "key_id", "url", "repository_url", "json"]);

/** Names of another resource that comes with a resource. */
const COMES_WITH: Readonly<Record<string, readonly string[]>> = {
  aws_vpc: [
    "main_route_table_id",
    "default_route_table_id",
    "default_security_group_id",
    "default_network_acl_id",
  ],
};

const DEPTH = 24;

/** One resource of a plan or a state. */
export class Resource {
  readonly #shown: PlannedResource;
  readonly #all: PlanModel;
  #configKey: string | undefined;
  readonly #targets = new Map<string, ResolvedReferences>();

  constructor(shown: PlannedResource, plan: PlanModel) {
    this.#shown = shown;
    this.#all = plan;
  }

  get address(): string {
    return this.#shown.address;
  }
  get type(): string {
    return this.#shown.type;
  }
  get mode(): "managed" | "data" {
    return this.#shown.mode;
  }
  get module(): string {
    return this.#shown.module;
  }
  get name(): string {
    return this.#shown.name;
  }
  get key(): string | number | undefined {
    return this.#shown.key;
  }
  get actions(): readonly string[] {
    return this.#shown.actions;
  }
  get before(): Json | undefined {
    return this.#shown.before;
  }
  /** As it is planned; what is not known is not here. */
  get values(): Json {
    return this.#shown.values;
  }
  /** What tells its configuration from others: the module's path and its address, without keys. */
  get configKey(): string {
    const { module, mode, type, name } = this.#shown;
    this.#configKey ??= `${bare(module)}|${mode === "data" ? "data." : ""}${type}.${name}`;
    return this.#configKey;
  }
  get isNew(): boolean {
    return this.#shown.actions.includes("create");
  }

  /** The value of an attribute: undefined where it is absent or null, Unknown where the plan does not know it. */
  value(...path: AttributePath): unknown {
    let value: unknown = this.#shown.values;
    let unknown: unknown = this.#shown.unknown;
    for (const step of path) {
      if (unknown === true) break;
      value = stepInto(value, step);
      unknown = stepInto(unknown, step);
    }
    if (unknown === true) return this.#all.unknownAt(this, path);
    return value ?? undefined;
  }

  /** The value of an attribute with all that is in it: Unknown stands where the plan does not know. */
  valueWithUnknowns(...path: AttributePath): unknown {
    const value = this.value(...path);
    if (isUnknown(value)) return value;
    if (Array.isArray(value))
      return value.map((_, index) => this.valueWithUnknowns(...path, index));
    if (!isJson(value)) return value;
    // What is not known is not among the values.
    const shape = path.reduce<unknown>(stepInto, this.#shown.unknown);
    const names = new Set([...Object.keys(value), ...(isJson(shape) ? Object.keys(shape) : [])]);
    return Object.fromEntries(
      [...names].map((name) => [name, this.valueWithUnknowns(...path, name)]),
    );
  }

  /** A text; numbers and booleans are written out. */
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

  /** Nested blocks, or the elements of a list: how many there are, as paths to each. */
  blockPaths(...path: AttributePath): AttributePath[] | Unknown {
    const value = this.value(...path);
    if (isUnknown(value)) return value;
    return listOf(value).map((_, index) => [...path, index]);
  }

  /** True where the configuration or the state says something of an attribute. */
  isSet(...path: AttributePath): boolean {
    const value = this.value(...path);
    return value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);
  }

  /** True where the configuration writes an attribute or a block, whatever becomes of it; false in a state. */
  isConfigured(name: string): boolean {
    return this.#all.isConfigured(this, name);
  }

  /** What an attribute points at, among resources of some types. */
  referencesTo(types: readonly string[], ...path: AttributePath): ResolvedReferences {
    const key = `${types.join(" ")}|${path.join(".")}`;
    const known = this.#targets.get(key);
    if (known) return known;
    const found = this.#all.target(this, types, path);
    this.#targets.set(key, found);
    return found;
  }

  /** Whether the configuration makes it wait for another, as far as its references and depends_on say. */
  dependsOn(other: Resource): boolean {
    return this.#all.dependsOn(this, other);
  }

  /** Constants and resources that an expression names, for values that are not known as a whole. */
  referencesIn(...path: AttributePath): {
    readonly references: readonly Reference[];
    readonly unresolved: readonly string[];
  } {
    return this.#all.referencesIn(this, path);
  }
}

function stepInto(value: unknown, step: string | number): unknown {
  if (typeof step === "number") return Array.isArray(value) ? value[step] : undefined;
  return isJson(value) ? value[step] : undefined;
}

const bare = (module: string): string => module.replace(/\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g, "");

/** The module instance around one, and the step into it. */
function parentOf(module: string): {
  readonly module: string;
  readonly call: string;
  readonly key: string | number | undefined;
} {
  const match = /^(?:(.*)\.)?module\.([^.[]+)(?:\[(?:"((?:[^"\\]|\\.)*)"|(\d+))\])?$/.exec(module);
  const [, parent = "", call = "", text, number] = match ?? [];
  return { module: parent, call, key: text ?? (number === undefined ? undefined : Number(number)) };
}

/** All resources of a plan or a state, and the ways between them. */
export class PlanModel {
  readonly shown: PlanJson;
  readonly resources: readonly Resource[];
  /** The account that was given, for a plan that does not say it. */
  readonly account: string | undefined;
  readonly #sources: Sources | undefined;
  readonly #byType = new Map<string, Resource[]>();
  readonly #byConfig = new Map<string, Resource[]>();
  readonly #byId = new Map<string, Reference[]>();
  readonly #modules = new Map<string, Json>();
  readonly #configured = new Map<string, Configured>();
  readonly #asides = new Map<string, Resource>();
  #byAddress: Map<string, Resource> | undefined;
  readonly #waits = new Map<string, Set<string>>();
  readonly #pointing = new Map<string, Map<Resource, Resource[]>>();

  /** @param account where the plan does not say it */
  constructor(shown: PlanJson, sources?: Sources, account?: string) {
    this.shown = shown;
    this.account = account;
    this.#sources = sources;
    const resources = shown.resources.map((resource) => new Resource(resource, this));
    this.resources = resources.filter((resource) => !isAside(resource));
    for (const resource of resources.filter(isAside)) this.#asides.set(resource.address, resource);
    if (shown.configuration) this.#learn("", shown.configuration);
    for (const resource of this.resources) {
      push(this.#byType, resource.type, resource);
      push(
        this.#byConfig,
        `${resource.module}|${resource.mode}.${resource.type}.${resource.name}`,
        resource,
      );
      for (const attribute of ["id", "arn", ...(COMES_WITH[resource.type] ?? [])]) {
        const value = resource.values[attribute];
        if (typeof value === "string" && value !== "")
          push(this.#byId, value, { resource: resource, attribute });
      }
    }
  }

  /** Resources of some types, managed or read. */
  resourcesOfType(...types: readonly string[]): readonly Resource[] {
    const [only = "", ...others] = types;
    return others.length === 0
      ? (this.#byType.get(only) ?? [])
      : types.flatMap((type) => this.#byType.get(type) ?? []);
  }

  /**
   * Resources of some types whose attribute points at one.
   *
   * @param to types that the attribute may point at
   */
  referrersOf(
    at: Resource,
    from: readonly string[],
    to: readonly string[],
    ...path: AttributePath
  ): readonly Resource[] {
    const key = `${from.join(" ")}|${to.join(" ")}|${path.join(".")}`;
    let index = this.#pointing.get(key);
    if (!index) {
      index = new Map<Resource, Resource[]>();
      for (const otherResource of this.resourcesOfType(...from))
        for (const { resource } of otherResource.referencesTo(to, ...path).references)
          push(index, resource, otherResource);
      this.#pointing.set(key, index);
    }
    return index.get(at) ?? [];
  }

  resourceAt(address: string): Resource | undefined {
    this.#byAddress ??= new Map(this.resources.map((resource) => [resource.address, resource]));
    return this.#byAddress.get(address);
  }

  /** Keys that are asked of secrets anywhere; undefined where the sources are not there. */
  get secretKeys(): readonly string[] | undefined {
    return this.#sources && Object.values(this.#sources.secretKeys).flat();
  }

  /** What says of what another resource's attribute is made; none but in plans of folders. */
  companionOf({ address, type, name }: Resource, attribute: string): Resource | undefined {
    const at = address.lastIndexOf(`${type}.${name}`);
    const key = address.slice(at + type.length + 1 + name.length);
    const aside = asideName(type, name, attribute);
    return this.#asides.get(`${address.slice(0, at)}terraform_data.${aside}${key}`);
  }

  /** True where the configuration writes an attribute or block of a resource; unsaid in a state, which has no configuration. */
  isConfigured(resource: Resource, name: string): boolean {
    const configured = this.#configuredOf(resource);
    const expressions = configured?.["expressions"];
    if (isJson(expressions) && name in expressions) return true;
    return this.#said(resource, name) !== undefined;
  }

  /** What a root output points at. */
  outputReferences(name: string, types: readonly string[]): ResolvedReferences {
    const outputs = this.shown.configuration?.["outputs"];
    const said = isJson(outputs) ? outputs[name] : undefined;
    const expression = isJson(said) ? said["expression"] : undefined;
    if (!isJson(expression)) return { references: [], externalIds: [], unknown: [] };
    const leaves: ReferenceSources = { references: [], constants: [], unresolved: [] };
    this.#followAll(
      referencesOf(expression),
      { module: "", key: undefined, each: [] },
      types,
      leaves,
      DEPTH,
    );
    const right = distinct(leaves.references.filter((hit) => isOf(hit, types)));
    const unknown = leaves.unresolved
      .filter((value) => !isKey(value))
      .map((value) => new Unknown(`output.${name}`, "value", `comes from ${value}`));
    return { references: right, externalIds: [], unknown };
  }

  /** A constant that a root output is. */
  outputConstant(name: string): unknown {
    const outputs = this.shown.configuration?.["outputs"];
    const said = isJson(outputs) ? outputs[name] : undefined;
    const expression = isJson(said) ? said["expression"] : undefined;
    return isJson(expression) && !("references" in expression)
      ? expression["constant_value"]
      : undefined;
  }

  /** The configuration of the provider that a resource is made by; "" where the plan does not say. */
  providerOf(resource: Resource): string {
    const configured = this.#configuredOf(resource);
    return typeof configured?.["provider_config_key"] === "string"
      ? (configured["provider_config_key"].split(":").at(-1) ?? "")
      : "";
  }

  /** The account that a resource's provider works in, where its configuration says so in plain words. */
  accountOf(resource: Resource): string | undefined {
    const provider = this.shown.providers[this.providerOf(resource)];
    const expressions = isJson(provider) ? provider["expressions"] : undefined;
    const said = (...path: AttributePath): unknown =>
      expressionAt(expressions, path)?.["constant_value"];
    const role = said("assume_role", 0, "role_arn");
    const [only, ...others] = listOf(said("allowed_account_ids"));
    if (typeof role === "string") return role.split(":")[4];
    return typeof only === "string" && others.length === 0 ? only : undefined;
  }

  unknownAt(resource: Resource, path: AttributePath): Unknown {
    const attribute = path.filter((entry) => typeof entry === "string").join(".");
    return new Unknown(resource.address, attribute, () => {
      const { references: hits, unresolved } = this.referencesIn(resource, path);
      const named = [...new Set([...hits.map((hit) => hit.resource.address), ...unresolved])];
      return named.length === 0
        ? "is known after apply"
        : `is known after apply: it comes from ${named.slice(0, 4).join(", ")}${named.length > 4 ? ", …" : ""}`;
    });
  }

  target(resource: Resource, types: readonly string[], path: AttributePath): ResolvedReferences {
    const value = resource.value(...path);
    if (value === undefined) return { references: [], externalIds: [], unknown: [] };
    if (!isUnknown(value)) return this.#known(types, resource, path, value);
    return this.#followed(resource, types, path, value);
  }

  #known(
    types: readonly string[],
    resource: Resource,
    path: AttributePath,
    value: unknown,
  ): ResolvedReferences {
    const hits: Reference[] = [];
    const outside: string[] = [];
    const unknown: Unknown[] = [];
    for (const [index, entry] of (Array.isArray(value) ? value : [value]).entries()) {
      if (entry === null || entry === undefined) {
        const part = Array.isArray(value) ? resource.value(...path, index) : undefined;
        if (isUnknown(part)) {
          const followed = this.#followed(resource, types, [...path, index], part);
          hits.push(...followed.references);
          unknown.push(...followed.unknown);
        }
        continue;
      }
      const text = String(entry);
      if (text === "") continue;
      const found =
        (this.#byId.get(text) ?? []).find((hit) => isOf(hit, types)) ??
        this.#byName(types, text, resource);
      if (found) hits.push(found);
      else outside.push(text);
    }
    return { references: hits, externalIds: outside, unknown };
  }

  /** A name leads to the only resource of its type that has it. */
  #byName(types: readonly string[], text: string, asking: Resource): Reference | undefined {
    const named = this.resourcesOfType(...types.filter((type) => !type.includes("."))).filter(
      (resource) =>
        resource !== asking && (resource.values["name"] ?? resource.values["bucket"]) === text,
    );
    const [only] = named;
    return only && named.length === 1 ? { resource: only, attribute: "name" } : undefined;
  }

  #followed(
    resource: Resource,
    types: readonly string[],
    path: AttributePath,
    value: Unknown,
  ): ResolvedReferences {
    const { references: hits, unresolved } = this.referencesIn(resource, path, types);
    const right = distinct(hits.filter((hit) => isOf(hit, types)));
    if (right.length > 0 && unresolved.every((text) => isKey(text)))
      return { references: right, externalIds: [], unknown: [] };
    // What picks one of several may be lost: they are all that it can be.
    const isPicked =
      right.length > 1 &&
      new Set(right.map((reference) => bare(reference.resource.address))).size === 1;
    if (isPicked) return { references: right, externalIds: [], unknown: [] };
    return { references: right, externalIds: [], unknown: [value] };
  }

  referencesIn(
    resource: Resource,
    path: AttributePath,
    types: readonly string[] = [],
  ): ReferenceSources {
    const leaves: ReferenceSources = { references: [], constants: [], unresolved: [] };
    const configured = this.#configuredOf(resource);
    const expression = expressionAt(configured?.["expressions"], path);
    const [head] = path;
    const references = expression
      ? referencesOf(expression)
      : (this.#said(resource, String(head)) ?? []);
    const scope = { module: resource.module, key: resource.key, each: this.#eachOf(configured) };
    this.#followAll(references, scope, types, leaves, DEPTH);
    return leaves;
  }

  /** References in what a resource says by a name, where the sources are there. */
  #said({ configKey }: Resource, name: string): readonly string[] | undefined {
    return this.#sources?.attributes[configKey]?.[name];
  }

  #eachOf(configured: Json | undefined): readonly string[] {
    const each = configured?.["for_each_expression"];
    return isJson(each) ? referencesOf(each) : [];
  }

  #followAll(
    references: readonly string[],
    scope: Scope,
    types: readonly string[],
    leaves: ReferenceSources,
    depth: number,
  ): void {
    const isKeyed =
      scope.isKeyed === true || references.some((reference) => /^(each\.|count\.)/.test(reference));
    for (const reference of references)
      this.#follow(reference, { ...scope, isKeyed }, types, leaves, depth);
  }

  #follow(
    reference: string,
    scope: Scope,
    types: readonly string[],
    leaves: ReferenceSources,
    depth: number,
  ): void {
    if (depth === 0) {
      leaves.unresolved.push(reference);
      return;
    }
    const [head, second, ...rest] = stepsOf(reference);
    if (typeof head !== "string") return;
    const name = typeof second === "string" ? second : "";
    const on = (references: readonly string[], where: Scope): void => {
      this.#followAll(references, where, types, leaves, depth - 1);
    };
    switch (head) {
      case "path":
      case "terraform":
      case "self":
      case "count":
        return;
      case "each":
        if (name === "value") {
          const added = rest.filter((step) => typeof step === "string").join(".");
          on(
            scope.each.map((value) =>
              added !== "" && isWhole(value) ? `${value}.${added}` : value,
            ),
            { ...scope, isKeyed: true },
          );
        }
        return;
      case "local": {
        const known = this.#sources?.locals[`${bare(scope.module)}|${name}`];
        if (known) on(known, scope);
        else leaves.unresolved.push(reference);
        return;
      }
      case "var": {
        if (scope.module === "") return;
        const parent = parentOf(scope.module);
        const call = this.#callOf(parent.module, parent.call);
        const given = isJson(call?.["expressions"]) ? call["expressions"][name] : undefined;
        if (!isJson(given)) return;
        if ("constant_value" in given && !("references" in given))
          leaves.constants.push(given["constant_value"]);
        const each = call?.["for_each_expression"];
        on(referencesOf(given), {
          module: parent.module,
          key: parent.key,
          each: isJson(each) ? referencesOf(each) : [],
        });
        return;
      }
      case "module": {
        const keyed = typeof rest[0] === "object" ? rest[0].key : undefined;
        const output = rest.find((step) => typeof step === "string");
        const call = this.#callOf(scope.module, name);
        const module = isJson(call?.["module"]) ? call["module"] : undefined;
        const outputs = isJson(module?.["outputs"]) ? module["outputs"] : {};
        const said = output === undefined ? undefined : outputs[output];
        const expression = isJson(said) ? said["expression"] : undefined;
        if (!isJson(expression)) {
          leaves.unresolved.push(reference);
          return;
        }
        const path = `${scope.module === "" ? "" : `${scope.module}.`}module.${name}`;
        const instances = this.#instancesOf(path).filter(
          (value) => keyed === undefined || parentOf(value).key === keyed,
        );
        for (const instance of instances.length > 0 ? instances : [path])
          on(referencesOf(expression), { module: instance, key: undefined, each: [] });
        return;
      }
      default:
        this.#resource(reference, scope, types, leaves, depth);
    }
  }

  #resource(
    reference: string,
    scope: Scope,
    types: readonly string[],
    leaves: ReferenceSources,
    depth: number,
  ): void {
    const steps = stepsOf(reference);
    const isData = steps[0] === "data";
    const [type, name, ...rest] = isData ? steps.slice(1) : steps;
    const found = this.#byConfig.get(
      `${scope.module}|${isData ? "data" : "managed"}.${formatValue(type)}.${formatValue(name)}`,
    );
    if (!found) {
      leaves.unresolved.push(reference);
      return;
    }
    const keyed = typeof rest[0] === "object" ? rest[0].key : undefined;
    const first = rest.find((step): step is string => typeof step === "string") ?? "id";
    const chosen = choose(found, keyed, scope.isKeyed === true ? scope.key : undefined);
    for (const resource of chosen) {
      const hit = { resource, attribute: first };
      if (types.length === 0 || isOf(hit, types) || ITSELF.has(first)) {
        leaves.references.push(hit);
        continue;
      }
      // Another's attribute: what that leads to.
      const deeper = this.referencesIn(resource, [first], types);
      if (depth > 1 && deeper.references.length > 0) {
        leaves.references.push(...deeper.references);
        leaves.unresolved.push(...deeper.unresolved);
        continue;
      }
      const value = resource.values[first];
      const known = typeof value === "string" ? (this.#byId.get(value) ?? []) : [];
      leaves.references.push(...(known.length > 0 ? known : [hit]));
    }
  }

  #instancesOf(path: string): string[] {
    return this.#modulesBy().get(path) ?? [];
  }

  #instances: Map<string, string[]> | undefined;

  /** Instances of modules by their parent's path and their own name. */
  #modulesBy(): Map<string, string[]> {
    if (!this.#instances) {
      const instances = new Map<string, string[]>();
      const seen = new Set<string>();
      for (const { module } of this.resources) {
        for (let value = module; value !== "" && !seen.has(value); value = parentOf(value).module) {
          seen.add(value);
          const { module: parent, call } = parentOf(value);
          push(instances, `${parent === "" ? "" : `${parent}.`}module.${call}`, value);
        }
      }
      this.#instances = instances;
    }
    return this.#instances;
  }

  #callOf(module: string, name: string): Json | undefined {
    const calls = this.#modules.get(bare(module))?.["module_calls"];
    const call = isJson(calls) ? calls[name] : undefined;
    return isJson(call) ? call : undefined;
  }

  #learn(path: string, module: Json): void {
    this.#modules.set(path, module);
    for (const resource of listOf(module["resources"])) {
      if (isJson(resource))
        this.#configured.set(`${path}|${String(resource["address"])}`, { module: path, resource });
    }
    const calls = module["module_calls"];
    for (const [name, call] of Object.entries(isJson(calls) ? calls : {})) {
      const child = isJson(call) ? call["module"] : undefined;
      if (isJson(child)) this.#learn(`${path === "" ? "" : `${path}.`}module.${name}`, child);
    }
  }

  #configuredOf(resource: Resource): Json | undefined {
    return this.#configured.get(resource.configKey)?.resource;
  }

  /** True where one resource waits for another: by reference or depends_on, through whatever lies between. */
  dependsOn(resource: Resource, other: Resource): boolean {
    const wanted = other.configKey;
    const seen = new Set<string>();
    const queue = [resource.configKey];
    for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
      if (seen.has(key)) continue;
      seen.add(key);
      for (const next of this.#waitsOf(key)) {
        if (next === wanted) return true;
        queue.push(next);
      }
    }
    return false;
  }

  #waitsOf(key: string): ReadonlySet<string> {
    const known = this.#waits.get(key);
    if (known) return known;
    const found = new Set<string>();
    this.#waits.set(key, found);
    const configured = this.#configured.get(key);
    const named = (references: readonly string[], module: string): void => {
      for (const reference of references) this.#nameAll(reference, module, found, DEPTH);
    };
    if (!configured) return found;
    const { module: path, resource } = configured;
    named(allReferences(resource["expressions"]), path);
    for (const each of [resource["for_each_expression"], resource["count_expression"]])
      if (isJson(each)) named(referencesOf(each), path);
    named(
      listOf(resource["depends_on"]).filter((entry) => typeof entry === "string"),
      path,
    );
    // A module's own depends_on, and those of the modules around it.
    for (let module = path; module !== ""; module = parentOf(module).module) {
      const { module: parent, call } = parentOf(module);
      const waits = this.#callOf(parent, call)?.["depends_on"];
      named(
        listOf(waits).filter((entry) => typeof entry === "string"),
        parent,
      );
    }
    return found;
  }

  /** Resources of the configuration that a reference leads to at once, as keys of module and address. */
  #nameAll(reference: string, module: string, found: Set<string>, depth: number): void {
    if (depth === 0) return;
    const steps = stepsOf(reference).filter((step): step is string => typeof step === "string");
    const [head, second = "", third] = steps;
    if (head === "var" && module !== "") {
      const { module: parent, call } = parentOf(module);
      const given = this.#callOf(parent, call)?.["expressions"];
      const expression = isJson(given) ? given[second] : undefined;
      if (isJson(expression))
        for (const value of referencesOf(expression))
          this.#nameAll(value, parent, found, depth - 1);
    } else if (head === "local") {
      for (const value of this.#sources?.locals[`${module}|${second}`] ?? [])
        this.#nameAll(value, module, found, depth - 1);
    } else if (head === "module") {
      const child = `${module === "" ? "" : `${module}.`}module.${second}`;
      const outputs = this.#modules.get(child)?.["outputs"];
      const said = isJson(outputs) && third !== undefined ? outputs[third] : undefined;
      if (isJson(said)) {
        const expression = said["expression"];
        const waits = listOf(said["depends_on"]).filter((entry) => typeof entry === "string");
        for (const value of [...(isJson(expression) ? referencesOf(expression) : []), ...waits])
          this.#nameAll(value, child, found, depth - 1);
      } else if (third === undefined) {
        // All of a module: a depends_on.
        for (const [key, configured] of this.#configured)
          if (configured.module === child || configured.module.startsWith(`${child}.`))
            found.add(key);
      }
    } else if (head !== undefined) {
      const address = head === "data" ? `data.${second}.${third ?? ""}` : `${head}.${second}`;
      if (this.#configured.has(`${module}|${address}`)) found.add(`${module}|${address}`);
    }
  }
}

/** A resource as the configuration has it, and the module that it is in. */
interface Configured {
  /** Without keys of count and for_each; "" for the root module. */
  readonly module: string;
  readonly resource: Json;
}

const isAside = ({ type, name }: Resource): boolean =>
  type === "terraform_data" && name.startsWith(ASIDE);

function allReferences(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(allReferences);
  if (!isJson(value)) return [];
  return "references" in value || "constant_value" in value
    ? referencesOf(value)
    : Object.values(value).flatMap(allReferences);
}

const isWhole = (reference: string): boolean =>
  stepsOf(reference).filter((step) => typeof step === "string").length === 2;

/** References that choose among others, and lead to no resource themselves. */
const isKey = (reference: string): boolean =>
  /^(each\.key|count\.index|path\.|terraform\.)/.test(reference);

/** The instances that a reference means: by its own key, by the key of whoever refers, else all of them. */
function choose(
  resources: readonly Resource[],
  keyed: string | number | undefined,
  own: string | number | undefined,
): readonly Resource[] {
  if (keyed !== undefined) return resources.filter((resource) => resource.key === keyed);
  const same = own === undefined ? [] : resources.filter((resource) => resource.key === own);
  return same.length > 0 && resources.length > 1 ? same : resources;
}

const isOf = ({ resource, attribute }: Reference, types: readonly string[]): boolean =>
  types.includes(`${resource.type}.${attribute}`) ||
  (types.includes(resource.type) && COMES_WITH[resource.type]?.includes(attribute) !== true);

const distinct = (hits: readonly Reference[]): Reference[] => {
  const seen = new Map(
    hits.map((hit) => [
      `${hit.resource.address}|${COMES_WITH[hit.resource.type]?.includes(hit.attribute) === true ? hit.attribute : ""}`,
      hit,
    ]),
  );
  return [...seen.values()];
};

function push<K, T>(map: Map<K, T[]>, key: K, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
