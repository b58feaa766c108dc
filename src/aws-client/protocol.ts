import { randomUUID } from "node:crypto";
import { isObject, type Json } from "../shared/index.ts";
import { type Member, type ServiceModel, shapeAt, structureAt } from "../service-models/index.ts";
import { parseXml, textOf } from "./xml.ts";

/** Headers and body of the request for a call. */
export interface EncodedCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An error response. */
export interface ErrorResponse {
  readonly code: string;
  readonly message: string;
  readonly requestId: string | undefined;
}

const isQuery = ({ protocol }: ServiceModel): boolean => protocol === "awsQuery";

function operationModel(
  model: ServiceModel,
  name: string,
): { readonly i: number; readonly o: number } {
  const operation = model.operations[name];
  if (operation === undefined) throw new TypeError(`${model.service} has no operation ${name}`);
  return operation;
}

/**
 * The request of a call. A member that is an idempotency token, and absent in the input, gets a random value: repeating the
 * request has no second effect.
 *
 * Source: Smithy, "AWS JSON 1.1 protocol", "AWS query protocol", "idempotencyToken trait".
 */
export function encodeCall(model: ServiceModel, name: string, input: Json): EncodedCall {
  const { i } = operationModel(model, name);
  const tokens = Object.entries(structureAt(model, i).m)
    .filter(([member, { token }]) => token === 1 && input[member] === undefined)
    .map(([member]) => [member, randomUUID()] as const);
  const completeInput = { ...input, ...Object.fromEntries(tokens) };
  if (!isQuery(model))
    return {
      headers: {
        "content-type": `application/x-amz-json-${model.protocol === "json1.0" ? "1.0" : "1.1"}`,
        "x-amz-target": `${model.target}.${name}`,
      },
      body: JSON.stringify(toJson(model, { s: i }, completeInput)),
    };
  const form = new URLSearchParams({ Action: name, Version: model.version });
  appendTo(form, model, { s: i }, completeInput, "");
  return {
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body: form.toString(),
  };
}

function toJson(model: ServiceModel, member: Member, value: unknown): unknown {
  const shape = shapeAt(model, member.s);
  switch (shape.k) {
    case "structure":
      return mapEntries(value, (inner, key) => {
        const innerMember = shape.m[key];
        if (innerMember === undefined)
          throw new TypeError(`${shape.n ?? model.service} has no member ${key}`);
        return toJson(model, innerMember, inner);
      });
    case "list":
      return listOf(value).map((entry) => toJson(model, shape.v, entry));
    case "map":
      return mapEntries(value, (inner) => toJson(model, shape.v, inner));
    case "timestamp":
      return value instanceof Date ? value.getTime() / 1000 : value;
    case "blob":
      return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
    case "string":
    case "number":
    case "boolean":
    case "document":
      return value;
  }
}

/** Appends a value to a form: members are separated by dots, and entries of lists have numbers from 1. */
function appendTo(
  form: URLSearchParams,
  model: ServiceModel,
  member: Member,
  value: unknown,
  name: string,
): void {
  const shape = shapeAt(model, member.s);
  switch (shape.k) {
    case "structure":
      for (const [key, inner] of definedEntries(value)) {
        const innerMember = shape.m[key];
        if (innerMember === undefined)
          throw new TypeError(`${shape.n ?? model.service} has no member ${key}`);
        const wire = innerMember.q ?? key;
        appendTo(form, model, innerMember, inner, name === "" ? wire : `${name}.${wire}`);
      }
      return;
    case "list": {
      const entries = listOf(value);
      if (entries.length === 0) form.append(name, "");
      const prefix = member.flat === 1 ? name : `${name}.${shape.v.x ?? "member"}`;
      for (const [index, entry] of entries.entries())
        appendTo(form, model, shape.v, entry, `${prefix}.${index + 1}`);
      return;
    }
    case "map":
      for (const [index, [key, inner]] of definedEntries(value).entries()) {
        const prefix = `${name}${member.flat === 1 ? "" : ".entry"}.${index + 1}`;
        form.append(`${prefix}.${shape.key.x ?? "key"}`, key);
        appendTo(form, model, shape.v, inner, `${prefix}.${shape.v.x ?? "value"}`);
      }
      return;
    case "timestamp":
      form.append(name, value instanceof Date ? value.toISOString() : String(value));
      return;
    case "blob":
      form.append(
        name,
        value instanceof Uint8Array ? Buffer.from(value).toString("base64") : String(value),
      );
      return;
    case "string":
    case "number":
    case "boolean":
    case "document":
      form.append(name, String(value));
  }
}

/**
 * The output of a call, from the body of a response. Members that the model does not have are omitted: AWS adds members.
 *
 * @throws Error if the body is neither JSON nor XML
 */
export function decodeOutput(model: ServiceModel, name: string, body: string): unknown {
  const { o } = operationModel(model, name);
  const parsed = isQuery(model)
    ? (parseXml(body)[`${name}Result`] ?? {})
    : body === ""
      ? {}
      : (JSON.parse(body) as unknown);
  return isQuery(model) ? fromXml(model, { s: o }, parsed) : fromJson(model, { s: o }, parsed);
}

function fromJson(model: ServiceModel, member: Member, value: unknown): unknown {
  const shape = shapeAt(model, member.s);
  switch (shape.k) {
    case "structure":
      return Object.fromEntries(
        definedEntries(value).flatMap(([key, inner]) => {
          const innerMember = shape.m[key];
          return innerMember === undefined ? [] : [[key, fromJson(model, innerMember, inner)]];
        }),
      );
    case "list":
      return listOf(value).map((entry) => fromJson(model, shape.v, entry));
    case "map":
      return mapEntries(value, (inner) => fromJson(model, shape.v, inner));
    case "timestamp":
      return typeof value === "number" ? new Date(value * 1000) : new Date(String(value));
    case "blob":
      return new Uint8Array(Buffer.from(String(value), "base64"));
    case "string":
    case "number":
    case "boolean":
    case "document":
      return value;
  }
}

function fromXml(model: ServiceModel, member: Member, node: unknown): unknown {
  const shape = shapeAt(model, member.s);
  switch (shape.k) {
    case "structure": {
      const source = isObject(node) ? node : {};
      return Object.fromEntries(
        Object.entries(shape.m).flatMap(([key, inner]) => {
          const value = source[inner.x ?? key];
          return value === undefined ? [] : [[key, fromXml(model, inner, value)]];
        }),
      );
    }
    case "list": {
      const entries =
        member.flat === 1 ? node : isObject(node) ? node[shape.v.x ?? "member"] : undefined;
      return nodesOf(entries).map((entry) => fromXml(model, shape.v, entry));
    }
    case "map": {
      const entries = member.flat === 1 ? node : isObject(node) ? node["entry"] : undefined;
      return Object.fromEntries(
        nodesOf(entries)
          .filter(isObject)
          .map((entry) => [
            textOf(entry[shape.key.x ?? "key"]),
            fromXml(model, shape.v, entry[shape.v.x ?? "value"]),
          ]),
      );
    }
    case "timestamp":
      return new Date(textOf(node));
    case "blob":
      return new Uint8Array(Buffer.from(textOf(node), "base64"));
    case "boolean":
      return textOf(node) === "true";
    case "number":
      return Number(textOf(node));
    case "string":
    case "document":
      return textOf(node);
  }
}

/**
 * The error in a response.
 *
 * @throws Error if the body is not an error of AWS
 */
export function decodeError(
  model: ServiceModel,
  headers: { get(name: string): string | null },
  body: string,
): ErrorResponse {
  const headerId = headers.get("x-amzn-requestid") ?? undefined;
  if (isQuery(model)) {
    const root = parseXml(body);
    const error = root["Error"];
    if (!isObject(error) || textOf(error["Code"]) === "")
      throw new TypeError("no error in the XML");
    const requestId = root["RequestId"] === undefined ? headerId : textOf(root["RequestId"]);
    return { code: textOf(error["Code"]), message: textOf(error["Message"]), requestId };
  }
  const parsed: unknown = JSON.parse(body);
  if (!isObject(parsed)) throw new TypeError("the body is not an object");
  const type = parsed["__type"] ?? headers.get("x-amzn-errortype");
  if (typeof type !== "string") throw new TypeError("no error type in the JSON");
  // Source: Smithy, "AWS JSON 1.1 protocol", "Operation error serialization": a namespace precedes the code, and a URI follows it.
  const code = type.replace(/^.*#/, "").replace(/:.*$/, "");
  const message = parsed["message"] ?? parsed["Message"];
  return { code, message: typeof message === "string" ? message : code, requestId: headerId };
}

const definedEntries = (value: unknown): readonly (readonly [string, unknown])[] => {
  if (!isObject(value)) throw new TypeError("an object is expected");
  return Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null);
};

const mapEntries = (
  value: unknown,
  map: (inner: unknown, key: string) => unknown,
): Record<string, unknown> =>
  Object.fromEntries(definedEntries(value).map(([key, inner]) => [key, map(inner, key)]));

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("a list is expected");
  return value;
}

const nodesOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
