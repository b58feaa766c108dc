import { childModule, withoutKeys } from "./module-address.ts";
import { isObject, type Json, listOf } from "./plan-json.ts";

/** A resource block of the configuration, and the module that contains it. */
export interface ConfiguredResource {
  /** Address of the module without keys; "" for the root module. */
  readonly module: string;
  readonly resource: Json;
}

/** The configuration in a plan: its modules, and their resource blocks by configuration key (`module|type.name`). */
export class Configuration {
  readonly #modules = new Map<string, Json>();
  readonly #resources = new Map<string, ConfiguredResource>();

  /** @param root the root module; undefined for a state, which contains no configuration */
  constructor(root: Json | undefined) {
    if (root) this.#addModule("", root);
  }

  get resources(): ReadonlyMap<string, ConfiguredResource> {
    return this.#resources;
  }

  resourceBlock(key: string): Json | undefined {
    return this.#resources.get(key)?.resource;
  }

  /** @param module the module's address; its keys are ignored */
  module(module: string): Json | undefined {
    return this.#modules.get(withoutKeys(module));
  }

  /** The block by which a module calls another module. */
  moduleCall(module: string, name: string): Json | undefined {
    const calls = this.module(module)?.["module_calls"];
    const call = isObject(calls) ? calls[name] : undefined;
    return isObject(call) ? call : undefined;
  }

  /** The expression of an output of the root module. */
  rootOutput(name: string): Json | undefined {
    const outputs = this.#modules.get("")?.["outputs"];
    const output = isObject(outputs) ? outputs[name] : undefined;
    const expression = isObject(output) ? output["expression"] : undefined;
    return isObject(expression) ? expression : undefined;
  }

  #addModule(path: string, module: Json): void {
    this.#modules.set(path, module);
    for (const resource of listOf(module["resources"])) {
      if (isObject(resource))
        this.#resources.set(`${path}|${String(resource["address"])}`, { module: path, resource });
    }
    const calls = module["module_calls"];
    for (const [name, call] of Object.entries(isObject(calls) ? calls : {})) {
      const child = isObject(call) ? call["module"] : undefined;
      if (isObject(child)) this.#addModule(childModule(path, name), child);
    }
  }
}
