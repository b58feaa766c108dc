import { MalformedRequest } from "./errors.ts";
import type { Shape } from "../../service-models/index.ts";

/** Decodes a scalar from the text of a query string, a header or XML. */
export function scalarFromText(shape: Shape, text: string, name: string): unknown {
  switch (shape.k) {
    case "boolean":
      if (/^true$/i.test(text)) return true;
      if (/^false$/i.test(text)) return false;
      throw new MalformedRequest("malformed", `Invalid value '${text}' for ${name}: not a boolean`);
    case "number": {
      const value = text.trim() === "" ? Number.NaN : Number(text);
      if (Number.isNaN(value)) {
        throw new MalformedRequest(
          "malformed",
          `Invalid value '${text}' for ${name}: not a number`,
        );
      }
      return value;
    }
    case "timestamp":
      return timestampFrom(text, name);
    case "blob":
      return new Uint8Array(Buffer.from(text, "base64"));
    default:
      return text;
  }
}

export function timestampFrom(value: string | number, name: string): Date {
  const isEpoch = typeof value === "number" || /^-?\d+(\.\d+)?(e\d+)?$/i.test(value);
  const date = isEpoch ? new Date(Math.round(Number(value) * 1000)) : new Date(value);
  if (Number.isNaN(date.getTime())) {
    throw new MalformedRequest(
      "malformed",
      `Invalid value '${value}' for ${name}: not a timestamp`,
    );
  }
  return date;
}

/** Encodes a scalar as text. `format` is the timestamp format of the protocol, if the model defines none. */
export function scalarToText(
  shape: Shape,
  value: unknown,
  format: "date-time" | "http-date" | "epoch",
): string {
  if (value instanceof Date) {
    const chosen = (shape.k === "timestamp" ? shape.f : undefined) ?? format;
    if (chosen === "epoch") return String(value.getTime() / 1000);
    return chosen === "http-date"
      ? value.toUTCString()
      : value.toISOString().replace(/\.000Z$/, "Z");
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return String(value);
}
