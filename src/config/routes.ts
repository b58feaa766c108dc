import type { RouteOptions } from "./service-options.ts";

/** A list, if it is given as one value or as several. */
const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

/** The conditions of a route: an empty list means every path or host. Host names have no case. */
export const patternsOf = (
  route: RouteOptions,
): { readonly paths: readonly string[]; readonly hosts: readonly string[] } => ({
  paths: listOf(route.path),
  hosts: listOf(route.host).map((host) => host.toLowerCase()),
});

/** The number of characters of a path pattern before its first wildcard. */
const literalLength = (pattern: string): number => pattern.search(/[*?]|$/);

/** A number from 0 to 99 that depends on a text only. */
const hundredth = (text: string): number =>
  Buffer.from(text).reduce((hash, byte) => (hash * 31 + byte) % 9973, 7) % 100;

/**
 * The priority of the listener rule of a service: that in the config, or one that depends only on the route and the name of the
 * service. A new service therefore does not change the priorities of others. Routes with a host come first, then longer paths:
 *
 * - with a host: 20000, without: 40000,
 * - minus 100 for each literal character of the shortest path pattern,
 * - plus 0 to 99 from the name of the service, so that services with paths of the same length differ.
 */
export function priorityOf(service: string, route: RouteOptions): number {
  if (route.priority !== undefined) return route.priority;
  const { paths, hosts } = patternsOf(route);
  const characters = paths.length === 0 ? 0 : Math.min(...paths.map(literalLength));
  return (hosts.length > 0 ? 20_000 : 40_000) - 100 * characters + hundredth(service);
}

/** Whether every text that a pattern matches is also matched by a pattern with only a trailing wildcard, or equal to it. */
const covers = (general: string, special: string): boolean =>
  general === special || (/^[^*?]*\*$/.test(general) && special.startsWith(general.slice(0, -1)));

const coversAll = (general: readonly string[], special: readonly string[]): boolean =>
  general.length === 0 ||
  (special.length > 0 &&
    special.every((pattern) => general.some((candidate) => covers(candidate, pattern))));

/** Whether a route matches every request that another route matches. False if it is not certain. */
export function coversRoute(general: RouteOptions, special: RouteOptions): boolean {
  const [a, b] = [patternsOf(general), patternsOf(special)];
  // "/*" matches every path.
  const paths = a.paths.includes("/*") ? [] : a.paths;
  return coversAll(paths, b.paths) && coversAll(a.hosts, b.hosts);
}
