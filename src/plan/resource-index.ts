import type { Reference, Resource } from "./resource.ts";
import { childModule, parseModuleAddress } from "./module-address.ts";

/**
 * Attributes that contain the ID of another resource, which AWS creates together with the resource.
 * Source: Amazon VPC User Guide, "Create a VPC" (main route table, default network ACL, default security group).
 */
const IMPLICIT_RESOURCES: Readonly<Record<string, readonly string[]>> = {
  aws_vpc: [
    "main_route_table_id",
    "default_route_table_id",
    "default_security_group_id",
    "default_network_acl_id",
  ],
};

/** True if the reference reads the ID of a resource that AWS creates together with the target. */
export const isImplicitResource = ({ resource, attribute }: Reference): boolean =>
  IMPLICIT_RESOURCES[resource.type]?.includes(attribute) === true;

/** The instances of a resource block in a module instance. */
export interface ResourceBlock {
  readonly instances: readonly Resource[];
  readonly byKey: ReadonlyMap<string | number | undefined, Resource>;
}

/** Resource instances by type, by configuration, by ID and by name. */
export class ResourceIndex {
  readonly #resources: readonly Resource[];
  readonly #byType = new Map<string, Resource[]>();
  readonly #blocks = new Map<
    string,
    { readonly instances: Resource[]; readonly byKey: Map<string | number | undefined, Resource> }
  >();
  readonly #byName = new Map<string, Map<string, Resource[]>>();
  readonly #byId = new Map<string, Reference[]>();
  #byAddress: Map<string, Resource> | undefined;
  #moduleInstances: Map<string, string[]> | undefined;

  constructor(resources: readonly Resource[]) {
    this.#resources = resources;
    for (const resource of resources) {
      const { module, mode, type, name } = resource;
      append(this.#byType, type, resource);
      this.#addToBlock(`${module}|${mode}.${type}.${name}`, resource);
      for (const attribute of ["id", "arn", ...(IMPLICIT_RESOURCES[type] ?? [])]) {
        const value = resource.values[attribute];
        if (typeof value === "string" && value !== "")
          append(this.#byId, value, { resource, attribute });
      }
    }
  }

  ofTypes(types: readonly string[]): readonly Resource[] {
    const [type = "", ...others] = types;
    return others.length === 0
      ? (this.#byType.get(type) ?? [])
      : types.flatMap((otherType) => this.#byType.get(otherType) ?? []);
  }

  /** @param block the mode, the type and the name, such as `managed.aws_subnet.private` */
  block(module: string, block: string): ResourceBlock | undefined {
    return this.#blocks.get(`${module}|${block}`);
  }

  /** Resources of a type with a known `name`, or `bucket` if they have no name. */
  ofTypeWithName(type: string, name: string): readonly Resource[] {
    let byName = this.#byName.get(type);
    if (!byName) {
      byName = new Map();
      for (const resource of this.ofTypes([type])) {
        const value = resource.values["name"] ?? resource.values["bucket"];
        if (typeof value === "string") append(byName, value, resource);
      }
      this.#byName.set(type, byName);
    }
    return byName.get(name) ?? [];
  }

  #addToBlock(key: string, resource: Resource): void {
    let block = this.#blocks.get(key);
    if (!block) this.#blocks.set(key, (block = { instances: [], byKey: new Map() }));
    block.instances.push(resource);
    block.byKey.set(resource.key, resource);
  }

  /** Resources with the given ID or ARN, and the VPC with which AWS created a resource with this ID. */
  withId(id: string): readonly Reference[] {
    return this.#byId.get(id) ?? [];
  }

  atAddress(address: string): Resource | undefined {
    this.#byAddress ??= new Map(this.#resources.map((resource) => [resource.address, resource]));
    return this.#byAddress.get(address);
  }

  /** Addresses of the instances of a module; instances without resources are absent. */
  moduleInstances(path: string): readonly string[] {
    this.#moduleInstances ??= this.#findModuleInstances();
    return this.#moduleInstances.get(path) ?? [];
  }

  #findModuleInstances(): Map<string, string[]> {
    const instances = new Map<string, string[]>();
    const seen = new Set<string>();
    for (const { module } of this.#resources) {
      let address = module;
      while (address !== "" && !seen.has(address)) {
        seen.add(address);
        const { parent, call } = parseModuleAddress(address);
        append(instances, childModule(parent, call), address);
        address = parent;
      }
    }
    return instances;
  }
}

/** Adds a value to the list of a key. */
export function append<K, T>(map: Map<K, T[]>, key: K, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
