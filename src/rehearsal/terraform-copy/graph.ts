/** The dependency graph of a configuration. */
export interface Edges {
  /** Addresses of resources and data sources. */
  readonly nodes: readonly string[];
  /** The direct dependencies of each address. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
}

/** A node without the prefix and suffix that OpenTofu adds. */
const withoutDecoration = (node: string): string =>
  node.replace(/^\[root\] /, "").replace(/ \((expand|close)\)$/, "");

/**
 * Reads the output of `terraform graph`: resources and data sources with their addresses in the configuration.
 *
 * Source: Terraform, "Command: graph".
 */
export function edgesOf(dot: string): Edges {
  const nodes = new Set<string>();
  const dependencies = new Map<string, string[]>();
  for (const line of dot.split("\n")) {
    const edge = /^\s*"([^"]+)" -> "([^"]+)"/.exec(line);
    const node = /^\s*"([^"]+)" \[/.exec(line);
    if (edge?.[1] !== undefined && edge[2] !== undefined) {
      const [from, to] = [withoutDecoration(edge[1]), withoutDecoration(edge[2])];
      dependencies.set(from, [...(dependencies.get(from) ?? []), to]);
    } else if (node?.[1] !== undefined) nodes.add(withoutDecoration(node[1]));
  }
  return { nodes: [...nodes], dependencies };
}

/** All addresses that an address depends on, directly or indirectly. */
export function dependenciesOf({ dependencies }: Edges, address: string): Set<string> {
  const found = new Set<string>();
  const visit = (value: string): void => {
    for (const next of dependencies.get(value) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(address);
  return found;
}

/** All addresses that depend on an address, directly or indirectly. */
export const dependentsOf = (edges: Edges, address: string): string[] =>
  edges.nodes.filter((node) => dependenciesOf(edges, node).has(address));
