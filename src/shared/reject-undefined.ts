import { UserError, UserErrors } from "./errors.ts";

const isPlainObject = (value: object): value is Readonly<Record<string, unknown>> => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** Paths of everything that is present and undefined, in plain objects and lists: instances of classes are left alone. */
function undefinedIn(value: unknown, path: string, seen = new Set<object>()): string[] {
  if (value === undefined) return [path];
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  if (!Array.isArray(value) && !isPlainObject(value)) return [];
  seen.add(value);
  // A hole in a list is undefined too.
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]: [number | string, unknown]) =>
    undefinedIn(inner, path === "" ? String(key) : `${path}.${key}`, seen),
  );
}

/**
 * Rejects options that are present but undefined, however deep. `certificateArn: process.env.CERT` with CERT unset would
 * otherwise mean the default, which is a listener without TLS (ADR 16).
 *
 * @param where what the options belong to: a file, or the path of a construct
 * @throws UserErrors with one error, BERTH-E1005, for each of them
 * @example
 * rejectUndefined({ certificateArn: undefined }, "berth.config.ts");
 * // error: certificateArn: is present but undefined: …
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
            ? "set it, or leave the element out of the list"
            : `set it, or leave the key out: ...(value === undefined ? {} : { ${key}: value })`,
        },
      );
    }),
  );
}
