import type { Configuration } from "./configuration.ts";
import { MAX_REFERENCE_DEPTH } from "./expression-evaluator.ts";
import { rootOrderOf } from "./joined-plan.ts";
import { childModule, parseModuleAddress } from "./module-address.ts";
import { isObject, listOf } from "./plan-json.ts";
import { parseReference, referencesOf } from "./reference-syntax.ts";
import type { SourceExpressions } from "./source-expressions.ts";

/** The cache size. With all dependencies of each resource block, the memory would grow with the square of their number. */
const MAX_CACHED_DEPENDENCIES = 100_000;

/** The dependencies between the resource blocks of a configuration. Nodes are configuration keys (`module|type.name`). */
export class DependencyGraph {
  readonly #configuration: Configuration;
  readonly #sources: SourceExpressions | undefined;
  readonly #dependencies = new Map<string, ReadonlySet<string>>();
  /** All dependencies of the latest resource blocks: several checks read the dependencies of a service. */
  readonly #allDependencies = new Map<string, ReadonlySet<string>>();
  /** The number of dependencies in `#allDependencies`. */
  #cachedDependencies = 0;

  constructor(configuration: Configuration, sources: SourceExpressions | undefined) {
    this.#configuration = configuration;
    this.#sources = sources;
  }

  /**
   * True if a path of dependencies leads from one resource block to the other, or if the other one belongs to an earlier root module,
   * which is applied before.
   */
  dependsOn(key: string, otherKey: string): boolean {
    const [order, otherOrder] = [this.#rootOrderOf(key), this.#rootOrderOf(otherKey)];
    if (order !== undefined && otherOrder !== undefined && order !== otherOrder)
      return otherOrder < order;
    return this.#allDependenciesOf(key).has(otherKey);
  }

  /** The position of the root module of a configuration key; undefined if the plan is not joined. */
  #rootOrderOf(key: string): number | undefined {
    const module = key.slice(0, key.indexOf("|"));
    return module === "" ? undefined : rootOrderOf(this.#configuration, module);
  }

  /** The resource blocks to which a path of dependencies leads. */
  #allDependenciesOf(key: string): ReadonlySet<string> {
    const cached = this.#allDependencies.get(key);
    if (cached) return cached;
    const found = new Set<string>();
    const queue = [key];
    for (let current = queue.pop(); current !== undefined; current = queue.pop())
      for (const dependency of this.#dependenciesOf(current)) {
        if (found.has(dependency)) continue;
        found.add(dependency);
        queue.push(dependency);
      }
    this.#cachedDependencies += found.size;
    if (this.#cachedDependencies > MAX_CACHED_DEPENDENCIES) {
      this.#allDependencies.clear();
      this.#cachedDependencies = found.size;
    }
    this.#allDependencies.set(key, found);
    return found;
  }

  #dependenciesOf(key: string): ReadonlySet<string> {
    const cached = this.#dependencies.get(key);
    if (cached) return cached;
    const dependencies = this.#findDependencies(key);
    this.#dependencies.set(key, dependencies);
    return dependencies;
  }

  #findDependencies(key: string): ReadonlySet<string> {
    const configured = this.#configuration.resources.get(key);
    if (!configured) return new Set();
    const { module: path, resource } = configured;
    const targets = (references: readonly string[], module: string): string[] =>
      references.flatMap((reference) => this.#targetsOf(reference, module, MAX_REFERENCE_DEPTH));
    const dependencies = [
      ...targets(allReferences(resource["expressions"]), path),
      ...[resource["for_each_expression"], resource["count_expression"]].flatMap((expression) =>
        isObject(expression) ? targets(referencesOf(expression), path) : [],
      ),
      ...targets(dependsOnOf(resource["depends_on"]), path),
    ];
    // depends_on of a module call applies to all resources of the module and of the modules that it calls.
    let module = path;
    while (module !== "") {
      const { parent, call } = parseModuleAddress(module);
      const block = this.#configuration.moduleCall(parent, call);
      dependencies.push(...targets(dependsOnOf(block?.["depends_on"]), parent));
      module = parent;
    }
    return new Set(dependencies);
  }

  /** The resource blocks that a reference leads to, through variables, locals and outputs. */
  #targetsOf(reference: string, module: string, depth: number): string[] {
    if (depth === 0) return [];
    const follow = (references: readonly string[], otherModule: string): string[] =>
      references.flatMap((next) => this.#targetsOf(next, otherModule, depth - 1));
    const steps = parseReference(reference).filter(
      (step): step is string => typeof step === "string",
    );
    const [head, second = "", third] = steps;
    if (head === undefined) return [];
    if (head === "var" && module !== "") {
      const { parent, call } = parseModuleAddress(module);
      const moduleArguments = this.#configuration.moduleCall(parent, call)?.["expressions"];
      const expression = isObject(moduleArguments) ? moduleArguments[second] : undefined;
      return isObject(expression) ? follow(referencesOf(expression), parent) : [];
    }
    if (head === "local") return follow(this.#sources?.locals[`${module}|${second}`] ?? [], module);
    if (head === "module") {
      const child = childModule(module, second);
      const outputs = this.#configuration.module(child)?.["outputs"];
      const output = isObject(outputs) && third !== undefined ? outputs[third] : undefined;
      if (isObject(output)) {
        const expression = output["expression"];
        return follow(
          [
            ...(isObject(expression) ? referencesOf(expression) : []),
            ...dependsOnOf(output["depends_on"]),
          ],
          child,
        );
      }
      // depends_on = [module.x]: all resources of the module and of the modules that it calls.
      return third === undefined ? this.#resourcesBelow(child) : [];
    }
    const address = head === "data" ? `data.${second}.${third ?? ""}` : `${head}.${second}`;
    const key = `${module}|${address}`;
    return this.#configuration.resources.has(key) ? [key] : [];
  }

  #resourcesBelow(module: string): string[] {
    return [...this.#configuration.resources].flatMap(([key, configured]) =>
      configured.module === module || configured.module.startsWith(`${module}.`) ? [key] : [],
    );
  }
}

const dependsOnOf = (value: unknown): readonly string[] =>
  listOf(value).filter((entry) => typeof entry === "string");

/** The references of all expressions of a resource block, nested blocks included. */
function allReferences(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(allReferences);
  if (!isObject(value)) return [];
  return "references" in value || "constant_value" in value
    ? referencesOf(value)
    : Object.values(value).flatMap(allReferences);
}
