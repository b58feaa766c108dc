import { isObject } from "../../shared/json.ts";

/**
 * Encodes rows as JSON text. Dates, bytes and numbers that JSON does not support become objects with one key that
 * starts with a dollar sign. Keys of rows that start with a dollar sign, such as a tag `$date`, get a second one.
 */
export const toText = (value: unknown): string => JSON.stringify(value, preserve);

/** @throws SyntaxError */
export const fromText = (text: string): unknown => JSON.parse(text, revive);

const startsWithDollar = (key: string): boolean => key.startsWith("$");

function preserve(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key]; // JSON.stringify calls with the holder as this
  if (original instanceof Date) return { $date: original.getTime() };
  if (original instanceof Uint8Array) return { $bytes: Buffer.from(original).toString("base64") };
  if (typeof value === "number" && !Number.isFinite(value)) return { $number: String(value) };
  if (!isObject(value) || !Object.keys(value).some(startsWithDollar)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      startsWithDollar(name) ? `$${name}` : name,
      inner,
    ]),
  );
}

function revive(_key: string, value: unknown): unknown {
  if (!isObject(value)) return value;
  const names = Object.keys(value);
  if (!names.some(startsWithDollar)) return value;
  if (names.length === 1) {
    if (typeof value["$date"] === "number") return new Date(value["$date"]);
    if (typeof value["$bytes"] === "string")
      return new Uint8Array(Buffer.from(value["$bytes"], "base64"));
    if (typeof value["$number"] === "string") return Number(value["$number"]);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (startsWithDollar(name) && !name.startsWith("$$"))
        throw new SyntaxError(`the key ${JSON.stringify(name)} has no meaning`);
      return [startsWithDollar(name) ? name.slice(1) : name, inner];
    }),
  );
}

/**
 * The approximate length of a value as JSON text: escapes are not counted, and bytes are counted unencoded. The limit
 * of the state is measured by it, because it is much faster than encoding the text.
 */
export function textSize(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 5;
  if (value instanceof Uint8Array) return value.byteLength;
  if (value instanceof Date) return 24;
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) size += textSize(item) + 1;
    return size;
  }
  for (const [key, item] of Object.entries(value)) size += key.length + 4 + textSize(item);
  return size;
}
