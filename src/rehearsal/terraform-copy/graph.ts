/** Which resource of a configuration depends on which. */
export interface Edges {
  readonly nodes: readonly string[];
  /** What each address depends on, directly. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
}

const cleaned = (node: string): string =>
  // OpenTofu's nodes are those of the whole walk.
  node.replace(/^\[root\] /, "").replace(/ \((expand|close)\)$/, "");

/**
 * Reads what `terraform graph` prints: resources and data sources by their addresses in the configuration.
 *
 * Source: Terraform, "Command: graph".
 */
export function edgesOf(dot: string): Edges {
  const nodes = new Set<string>();
  const needs = new Map<string, string[]>();
  for (const line of dot.split("\n")) {
    const edge = /^\s*"([^"]+)" -> "([^"]+)"/.exec(line);
    const node = /^\s*"([^"]+)" \[/.exec(line);
    if (edge?.[1] !== undefined && edge[2] !== undefined) {
      const [from, to] = [cleaned(edge[1]), cleaned(edge[2])];
      needs.set(from, [...(needs.get(from) ?? []), to]);
    } else if (node?.[1] !== undefined) nodes.add(cleaned(node[1]));
  }
  return { nodes: [...nodes], needs };
}

/** Everything that an address depends on, directly or not. */
export function needsOf({ needs }: Edges, address: string): Set<string> {
  const found = new Set<string>();
  const visit = (value: string): void => {
    for (const next of needs.get(value) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(address);
  return found;
}

/** Everything that depends on an address, directly or not. */
export const dependents = (edges: Edges, address: string): string[] =>
  edges.nodes.filter((node) => needsOf(edges, node).has(address));
