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

/** Resource instances by type, by configuration, by ID and by name. */
export class ResourceIndex {
  readonly #resources: readonly Resource[];
  readonly #byType = new Map<string, Resource[]>();
  readonly #byBlock = new Map<string, Resource[]>();
  readonly #byId = new Map<string, Reference[]>();
  #byAddress: Map<string, Resource> | undefined;
  #moduleInstances: Map<string, string[]> | undefined;

  constructor(resources: readonly Resource[]) {
    this.#resources = resources;
    for (const resource of resources) {
      const { module, mode, type, name } = resource;
      append(this.#byType, type, resource);
      append(this.#byBlock, `${module}|${mode}.${type}.${name}`, resource);
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

  /**
   * The instances of a resource block in a module instance.
   *
   * @param block the mode, the type and the name, such as `managed.aws_subnet.private`
   */
  ofBlock(module: string, block: string): readonly Resource[] | undefined {
    return this.#byBlock.get(`${module}|${block}`);
  }

  /** Resources whose ID or ARN is the given value, and VPCs that AWS created a resource of this ID with. */
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
