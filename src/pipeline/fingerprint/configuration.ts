import {
  expressionAt,
  referencesOf,
  parseReference,
  isObject,
  type Json,
  jsonsOf,
  textOf,
} from "../../plan/index.ts";
import { canonical, canonicalValue, formatPath } from "./values.ts";

const valueAt = (json: unknown, ...keys: readonly string[]): unknown =>
  keys.reduce<unknown>(
    (inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    json,
  );

/** A module of the configuration, and the call of the module. */
interface Module {
  /** Names of the nested module calls, such as `network.subnets`; empty for the root module. */
  readonly path: string;
  readonly json: Json;
  /** The call's expressions, and the calling module; undefined for the root module. */
  readonly call: { readonly expressions: unknown; readonly from: Module } | undefined;
}

/** A resource in the configuration. */
export interface ConfiguredResource {
  readonly json: Json;
  readonly module: Module;
}

/** References of an expression, or of all expressions in a block, with their paths. */
function referencesIn(expression: unknown): { readonly path: string; readonly names: string[] }[] {
  const references: { path: string; names: string[] }[] = [];
  const stack: { value: unknown; path: (string | number)[] }[] = [{ value: expression, path: [] }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { value, path } = top;
    if (isObject(value) && "references" in value)
      references.push({ path: formatPath(path), names: referencesOf(value) });
    else if (typeof value === "object" && value !== null)
      for (const [key, inner] of Object.entries(value))
        stack.push({ value: inner, path: [...path, Array.isArray(value) ? Number(key) : key] });
  }
  return references;
}

/** The source at a path of a block. If a text is on the path, it is the expression for all values below it. */
function sourceAt(block: unknown, path: readonly (string | number)[]): unknown {
  let current = block;
  for (const step of path) {
    if (typeof current === "string") return current;
    if (typeof step === "number" && !Array.isArray(current)) continue; // a block that occurs once
    current = Array.isArray(current) ? current[Number(step)] : valueAt(current, String(step));
  }
  return current;
}

/** Templates of Terraform's JSON syntax in a value, such as `${jsonencode(…)}`. A plan contains only their references. */
function templatesIn(value: unknown): string[] {
  const templates: string[] = [];
  const stack = [value];
  while (stack.length > 0) {
    const part = stack.pop();
    if (typeof part === "string" && part.includes("${")) templates.push(part);
    else if (typeof part === "object" && part !== null) stack.push(...Object.values(part));
  }
  return templates.sort();
}

/** The configuration in a plan. It gives the expressions of values that are known only after apply. */
export class PlanConfiguration {
  readonly #plan: Json;
  readonly #source: unknown;
  readonly #root: Module;
  readonly #resources = new Map<string, ConfiguredResource>();

  /** @param source the root module in Terraform's JSON syntax, if it is known */
  constructor(plan: Json, source?: unknown) {
    this.#plan = plan;
    this.#source = source;
    const json = valueAt(plan, "configuration", "root_module");
    this.#root = { path: "", json: isObject(json) ? json : {}, call: undefined };
    const modules = [this.#root];
    for (let module = modules.pop(); module; module = modules.pop()) {
      for (const resource of jsonsOf(module.json["resources"]))
        this.#resources.set(`${module.path} ${textOf(resource["address"]) ?? ""}`, {
          json: resource,
          module,
        });
      const calls = module.json["module_calls"];
      for (const [name, call] of Object.entries(isObject(calls) ? calls : {})) {
        const inner = valueAt(call, "module");
        if (isObject(inner))
          modules.push({
            path: module.path === "" ? name : `${module.path}.${name}`,
            json: inner,
            call: { expressions: valueAt(call, "expressions"), from: module },
          });
      }
    }
  }

  /** The configuration of a changed resource; undefined if the configuration no longer contains it. */
  resource(change: Json): ConfiguredResource | undefined {
    const steps = parseReference(textOf(change["module_address"]) ?? "").filter(
      (step) => typeof step === "string",
    );
    const names = steps.filter((_, index) => index % 2 === 1); // module.<name>, for each level
    const address = `${change["mode"] === "data" ? "data." : ""}${textOf(change["type"])}.${textOf(change["name"])}`;
    return this.#resources.get(`${names.join(".")} ${address}`);
  }

  /** The expressions behind attributes of a resource, as lines that are independent of the order of keys. */
  expressionsBehind(
    { json, module }: ConfiguredResource,
    paths: readonly (readonly (string | number)[])[],
  ): string[] {
    const followed = this.#follow(
      paths.map((path) => ({
        name: formatPath(path),
        expression: expressionAt(json["expressions"], path),
        module,
        resource: json,
      })),
    );
    if (module.call) return followed;
    const block = valueAt(
      this.#source,
      "resource",
      textOf(json["type"]) ?? "",
      textOf(json["name"]) ?? "",
    );
    const templates = paths.flatMap((path) =>
      templatesIn(sourceAt(block, path)).map((text) => JSON.stringify([formatPath(path), text])),
    );
    return [...followed, ...new Set(templates.sort())];
  }

  /** The expressions behind an output of the root module. */
  expressionsBehindOutput(name: string): string[] {
    return this.#follow([
      {
        name,
        expression: valueAt(this.#root.json, "outputs", name, "expression"),
        module: this.#root,
        resource: {},
      },
    ]);
  }

  /** The expressions behind an argument of the root module that does not belong to a resource, such as a provider's. */
  expressionsBehindArgument(name: string, expression: unknown): string[] {
    return this.#follow([{ name, expression, module: this.#root, resource: {} }]);
  }

  /**
   * Follows references through variables, outputs of modules, `for_each` and `count`, up to resources. A plan does not
   * contain the expressions of local values. For a local value, the relevant attributes of the whole plan are used.
   */
  #follow(
    start: readonly { name: string; expression: unknown; module: Module; resource: Json }[],
  ): string[] {
    const lines = new Set<string>();
    const stack = [...start];
    for (let item = stack.pop(); item; item = stack.pop()) {
      const { expression, module, resource } = item;
      for (const { path, names } of referencesIn(expression)) {
        const line = JSON.stringify([module.path, item.name, path, names]);
        if (lines.has(line)) continue;
        lines.add(line);
        for (const name of names) {
          const [kind, key, output] = parseReference(name);
          if (typeof key !== "string") continue;
          if (kind === "var" && module.call)
            stack.push({
              name: `${module.path} var.${key}`,
              expression: valueAt(module.call.expressions, key),
              module: module.call.from,
              resource: {},
            });
          else if (kind === "var") lines.add(this.#variable(key));
          else if (kind === "local") lines.add(this.#relevant());
          else if (kind === "each" || kind === "count")
            stack.push({
              name: kind,
              expression: resource[kind === "each" ? "for_each_expression" : "count_expression"],
              module,
              resource: {},
            });
          else if (kind === "module") stack.push(...this.#outputs(module, key, output));
        }
      }
    }
    return [...lines].sort();
  }

  /** An output of a called module; all outputs if a reference names the whole module. */
  #outputs(module: Module, name: string, output: unknown) {
    const json = valueAt(module.json, "module_calls", name, "module");
    if (!isObject(json)) return [];
    const path = module.path === "" ? name : `${module.path}.${name}`;
    const expressions = valueAt(module.json, "module_calls", name, "expressions");
    const called: Module = { path, json, call: { expressions, from: module } };
    const outputs = isObject(json["outputs"]) ? json["outputs"] : {};
    const names = typeof output === "string" ? [output] : Object.keys(outputs);
    return names.map((key) => ({
      name: `${path} output.${key}`,
      expression: valueAt(outputs, key, "expression"),
      module: called,
      resource: {},
    }));
  }

  /** A variable of the root module with its value. */
  #variable(name: string): string {
    const isSensitive = valueAt(this.#root.json, "variables", name, "sensitive") === true;
    const value = valueAt(this.#plan, "variables", name, "value");
    return JSON.stringify([
      "variable",
      name,
      canonical({ value, unknown: false, sensitive: isSensitive }),
    ]);
  }

  /** Attributes of other resources that contribute to the plan's changes. Terraform followed local values to get them. */
  #relevant(): string {
    const attributes = jsonsOf(this.#plan["relevant_attributes"]).map(canonicalValue);
    return JSON.stringify(["relevant", ...new Set(attributes.sort())]);
  }
}
