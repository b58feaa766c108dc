import { isObject } from "../../shared/json.ts";
import { MalformedRequest } from "./errors.ts";
import {
  type Member,
  type ServiceModel,
  shapeAt,
  type Structure,
  structureAt,
} from "../../service-models/index.ts";
import { scalarFromText, timestampFrom } from "./scalars.ts";

/** Decodes a body as a structure. `skip` excludes members that are not in the body. */
export function decodeJson(
  model: ServiceModel,
  shape: number,
  body: string,
  skip: (member: Member) => boolean = () => false,
): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = body === "" ? {} : JSON.parse(body);
  } catch {
    throw new MalformedRequest("malformed", "the body is not JSON");
  }
  return decodeParsed(model, shape, parsed, skip);
}

/** Decodes a parsed body as a structure. */
export function decodeParsed(
  model: ServiceModel,
  shape: number,
  parsed: unknown,
  skip: (member: Member) => boolean = () => false,
): Record<string, unknown> {
  if (!isObject(parsed)) throw new MalformedRequest("malformed", "the body is not an object");
  return decodeStructure(model, structureAt(model, shape), parsed, "", skip);
}

function decodeStructure(
  model: ServiceModel,
  shape: Structure,
  value: Readonly<Record<string, unknown>>,
  name: string,
  skip: (member: Member) => boolean = () => false,
): Record<string, unknown> {
  const output: Record<string, unknown> = {};
  const knownNames = new Set(["__type"]);
  for (const [key, inner] of Object.entries(shape.m)) {
    if (skip(inner)) continue;
    const wire = inner.x ?? key;
    knownNames.add(wire);
    const memberValue = value[wire];
    if (memberValue !== undefined && memberValue !== null) {
      output[key] = decodeValue(model, inner, memberValue, name === "" ? wire : `${name}.${wire}`);
    }
  }
  const invalid = Object.keys(value).find((key) => !knownNames.has(key));
  if (invalid !== undefined) {
    throw new MalformedRequest("unknown-member", name === "" ? invalid : `${name}.${invalid}`);
  }
  return output;
}

function decodeValue(model: ServiceModel, member: Member, value: unknown, name: string): unknown {
  const shape = shapeAt(model, member.s);
  const wrong = (expected: string): MalformedRequest =>
    new MalformedRequest("malformed", `${name === "" ? "the body" : name} is not ${expected}`);
  switch (shape.k) {
    case "structure":
      if (!isObject(value)) throw wrong("an object");
      return decodeStructure(model, shape, value, name);
    case "list":
      if (!Array.isArray(value)) throw wrong("a list");
      return value.map((entry, index) =>
        decodeValue(model, shape.v, entry, `${name}.${index + 1}`),
      );
    case "map":
      if (!isObject(value)) throw wrong("an object");
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [
          key,
          decodeValue(model, shape.v, inner, `${name}.${key}`),
        ]),
      );
    case "timestamp":
      if (typeof value !== "string" && typeof value !== "number") throw wrong("a timestamp");
      return timestampFrom(value, name);
    case "blob":
      if (typeof value !== "string") throw wrong("base64 text");
      return new Uint8Array(Buffer.from(value, "base64"));
    case "boolean":
      if (typeof value !== "boolean") throw wrong("a boolean");
      return value;
    case "number":
      if (typeof value === "string") return scalarFromText(shape, value, name);
      if (typeof value !== "number") throw wrong("a number");
      return value;
    case "string":
      if (typeof value !== "string") throw wrong("a string");
      return value;
    case "document":
      return value;
  }
}

/** Encodes a structure as a JSON value. `skip` excludes members that are not in the body. */
export function encodeJson(
  model: ServiceModel,
  shape: number,
  value: Readonly<Record<string, unknown>>,
  skip: (member: Member) => boolean = () => false,
): Record<string, unknown> {
  const output: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(structureAt(model, shape).m)) {
    if (value[key] !== undefined && value[key] !== null && !skip(inner)) {
      output[inner.x ?? key] = encodeValue(model, inner, value[key]);
    }
  }
  return output;
}

function encodeValue(model: ServiceModel, member: Member, value: unknown): unknown {
  const shape = shapeAt(model, member.s);
  switch (shape.k) {
    case "structure":
      if (!isObject(value)) throw new TypeError(`a ${shape.n ?? "structure"} is expected`);
      return encodeJson(model, member.s, value);
    case "list":
      if (!Array.isArray(value)) throw new TypeError("a list is expected");
      return value.map((entry) => encodeValue(model, shape.v, entry));
    case "map":
      return Object.fromEntries(
        Object.entries(value ?? {}).map(([key, inner]) => [
          key,
          encodeValue(model, shape.v, inner),
        ]),
      );
    case "timestamp": {
      const date = value instanceof Date ? value : new Date(String(value));
      if (shape.f === "date-time") return date.toISOString();
      return shape.f === "http-date" ? date.toUTCString() : date.getTime() / 1000;
    }
    case "blob":
      return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
    default:
      return value;
  }
}
