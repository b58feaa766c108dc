import { UserError, UserErrors } from "./errors.ts";

const isPlainObject = (value: object): value is Readonly<Record<string, unknown>> => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

type Path = readonly (number | string)[];

/** Paths of undefined values in plain objects and lists. Instances of classes are not searched. */
function undefinedIn(value: unknown, path: Path, seen = new Set<object>()): Path[] {
  if (value === undefined) return [path];
  if (typeof value !== "object" || value === null || seen.has(value)) return [];
  if (!Array.isArray(value) && !isPlainObject(value)) return [];
  seen.add(value);
  // A hole in a list is also undefined.
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]: [number | string, unknown]) =>
    undefinedIn(inner, [...path, key], seen),
  );
}

/** A path as JavaScript writes it: tasks.egressRules[0].to. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((key, index) =>
      typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`,
    )
    .join("");

/**
 * Rejects options that are present but undefined, at any depth. Otherwise `certificateArn: process.env.CERT` with an unset
 * CERT would select the default, a listener without TLS (ADR 16).
 *
 * @param where the owner of the options: a file, or the path of a construct; or a function that returns it for a path
 * @throws UserErrors with one error, BERTH-E1005, for each undefined option
 * @example
 * rejectUndefined({ certificateArn: undefined }, "berth.config.ts");
 * // error: certificateArn: is present but undefined; …
 */
export function rejectUndefined(
  options: unknown,
  where: string | ((path: readonly (number | string)[]) => string),
): void {
  if (options === undefined) return;
  const paths = undefinedIn(options, []);
  if (paths.length === 0) return;
  throw new UserErrors(
    paths.map((path) => {
      const key = path.at(-1) ?? "";
      const isElement = typeof key === "number";
      return new UserError(
        "BERTH-E1005",
        `${pathText(path)}: is present but undefined; it may come from an environment variable that is not set`,
        {
          where: typeof where === "string" ? where : where(path),
          fix: isElement
            ? "set it, or remove the element from the list"
            : `set it, or omit the key: ...(value === undefined ? {} : { ${key}: value })`,
        },
      );
    }),
  );
}
