/** A resource instance in a Terraform state. Its values may be secret. */
export interface StateResource {
  readonly address: string;
  /** managed or data. */
  readonly mode: string;
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

interface ResourceInState {
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly module?: string;
  readonly instances: readonly {
    readonly index_key?: string | number;
    readonly attributes?: Readonly<Record<string, unknown>>;
  }[];
}

const instancesOf = ({ mode, type, name, module, instances }: ResourceInState): StateResource[] =>
  instances.map(({ index_key: key, attributes = {} }) => ({
    mode,
    type,
    values: attributes,
    address: [
      ...(module === undefined ? [] : [module]),
      ...(mode === "data" ? ["data"] : []),
      type,
      key === undefined ? name : `${name}[${JSON.stringify(key)}]`,
    ].join("."),
  }));

/** The resource instances in a state of version 4. */
export function stateResourcesOf(state: unknown): StateResource[] {
  const { resources = [] } = state as { readonly resources?: readonly ResourceInState[] }; // state version 4
  return resources.flatMap(instancesOf);
}

/** An address as in the configuration: without the keys of count and for_each. */
export const configurationAddress = (address: string): string => address.replace(/\[[^\]]*\]/g, "");
