import { UserError, UserErrors } from "./errors.ts";

const isPlainObject = (value: object): value is Readonly<Record<string, unknown>> => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** Paths of undefined values in plain objects and lists. Instances of classes are not searched. */
function undefinedIn(value: unknown, path: string, seen = new Set<object>()): string[] {
  if (value === undefined) return [path];
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  if (!Array.isArray(value) && !isPlainObject(value)) return [];
  seen.add(value);
  // A hole in a list is also undefined.
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]: [number | string, unknown]) =>
    undefinedIn(inner, path === "" ? String(key) : `${path}.${key}`, seen),
  );
}

/**
 * Rejects options that are present but undefined, at any depth. Otherwise `certificateArn: process.env.CERT` with an unset
 * CERT would select the default, a listener without TLS (ADR 16).
 *
 * @param where the owner of the options: a file, or the path of a construct
 * @throws UserErrors with one error, BERTH-E1005, for each undefined option
 * @example
 * rejectUndefined({ certificateArn: undefined }, "berth.config.ts");
 * // error: certificateArn: is present but undefined; …
 */
export function rejectUndefined(options: unknown, where: string): void {
  if (options === undefined) return;
  const paths = undefinedIn(options, "");
  if (paths.length === 0) return;
  throw new UserErrors(
    paths.map((path) => {
      const key = path.split(".").at(-1) ?? path;
      const isElement = /^\d+$/.test(key);
      return new UserError(
        "BERTH-E1005",
        `${path}: is present but undefined; it may come from an environment variable that is not set`,
        {
          where,
          fix: isElement
            ? "set it, or remove the element from the list"
            : `set it, or omit the key: ...(value === undefined ? {} : { ${key}: value })`,
        },
      );
    }),
  );
}
