/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * True for a JSON object: neither a list nor null.
 *
 * @example isObject(JSON.parse("[]")); // false
 */
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
