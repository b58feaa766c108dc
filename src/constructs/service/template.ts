/** Text as Terraform reads it in a template: `${` and `%{` of the user are not expressions. */
export const literal = (text: string): string => text.replaceAll(/([$%])\{/g, "$1$1{");

/** As `literal`, for every string in a value. */
export function literals<T>(value: T): T {
  if (typeof value === "string") return literal(value) as T; // a string, as before
  if (Array.isArray(value)) return value.map((entry: unknown) => literals(entry)) as T; // an array, as before
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [literal(key), literals<unknown>(inner)]),
  ) as T; // an object with the same members
}
