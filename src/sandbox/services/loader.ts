import { createRequire } from "node:module";
import { ownProperty } from "../core/own-property.ts";
import type { Service } from "../core/service.ts";
import { declaredNamespaces, declaredTableCount, table } from "../core/tables.ts";
import { serviceEntries } from "./index.ts";

/** The signing names of all services, in alphabetical order. */
export const serviceNames: readonly string[] = Object.keys(serviceEntries).sort();

/** Whether the sandbox has a service with this signing name. */
export const isService = (name: string): boolean => Object.hasOwn(serviceEntries, name);

const loaded = new Map<string, Service>();

/** The number of declared tables when the namespaces were last compared with the loaded services. */
let comparedTables = 0;

const namespaceOfService = (name: string): string => serviceEntries[name]?.namespace ?? name;

const serviceOfNamespace = new Map(serviceNames.map((name) => [namespaceOfService(name), name]));

const require = createRequire(import.meta.url);

/**
 * Whether a service can be loaded within a synchronous function. This is so if Node.js itself loads the compiled
 * modules, because `require` then returns the same instances as `import`. A tool that loads the modules in its own way,
 * such as Vitest, has other instances: there, all services must be loaded before the first call.
 *
 * Source: Node.js, "Loading ECMAScript modules using require()".
 */
const canRequire: boolean =
  import.meta.url.endsWith(".js") &&
  process.features.require_module &&
  (require("../core/tables.js") as { readonly table: unknown }).table === table;

/** Loads all services, if they cannot be loaded when they are needed. */
export async function prepareServices(): Promise<void> {
  if (!canRequire) await loadAllServices();
}

/** Loads all services, in alphabetical order. */
export async function loadAllServices(): Promise<readonly Service[]> {
  for (const [name, { load }] of Object.entries(serviceEntries))
    if (!loaded.has(name)) loaded.set(name, (await load()).service);
  return serviceNames.flatMap((name) => loaded.get(name) ?? []);
}

/** A service by its signing name, loaded if necessary. Undefined if the sandbox does not have it. */
export function serviceNamed(name: string): Service | undefined {
  if (!isService(name)) return undefined;
  const service = loaded.get(name) ?? requireService(name);
  loadServicesOfTables();
  return service;
}

/**
 * The loaded services. A service that is not loaded has no resources: a module that declares a table of it also loads
 * the service itself.
 */
export function loadedServices(): Iterable<Service> {
  loadServicesOfTables();
  return loaded.values();
}

/** The loaded service with a namespace in ARNs or table names. */
export function loadedServiceOf(namespace: string): Service | undefined {
  loadServicesOfTables();
  return loaded.get(serviceOfNamespace.get(namespace) ?? "");
}

/** The namespace of a service in ARNs and IAM actions. */
export const namespaceFor = (service: string): string =>
  ownProperty(serviceEntries, service)?.namespace ?? service;

/** Loads the service that declares the tables of a namespace, if it exists. */
export function loadServiceOfTable(namespace: string): void {
  serviceNamed(serviceOfNamespace.get(namespace) ?? "");
}

function requireService(name: string): Service {
  if (!canRequire) throw new TypeError(`the service ${name} is not loaded`);
  const { service } = require(`./${name}/index.js`) as { readonly service: Service }; // as `load` returns it
  loaded.set(name, service);
  return service;
}

/** Services use tables of each other. A service is loaded as soon as one of its tables is declared. */
function loadServicesOfTables(): void {
  while (comparedTables !== declaredTableCount()) {
    comparedTables = declaredTableCount();
    for (const namespace of declaredNamespaces()) {
      const name = serviceOfNamespace.get(namespace);
      if (name !== undefined && !loaded.has(name)) requireService(name);
    }
  }
}
