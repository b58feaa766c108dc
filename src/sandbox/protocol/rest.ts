import { isObject } from "../../shared/json.ts";
import type { WireRequest } from "./wire-types.ts";
import { MalformedRequest } from "./errors.ts";
import {
  type Member,
  type OperationModel,
  type ServiceModel,
  shapeAt,
  structureAt,
} from "../../service-models/index.ts";
import { scalarFromText, scalarToText } from "./scalars.ts";
import { decodeJson, encodeJson } from "./json.ts";
import { decodeXml, encodeElement, encodeMembers } from "./xml.ts";

interface Route {
  readonly name: string;
  readonly method: string;
  readonly path: RegExp;
  /** Names of the labels in the path, in order. */
  readonly labels: readonly string[];
  /** Required query parameters, with their value if it is fixed. */
  readonly query: readonly (readonly [string, string | undefined])[];
  readonly headers: readonly string[];
  /** Specificity: if a request matches several routes, the one with the highest weight is taken. */
  readonly weight: number;
}

const routesOf = new Map<ServiceModel, readonly Route[]>();

function routeOf(model: ServiceModel, name: string, operation: OperationModel): Route {
  const [method = "", uri = ""] = operation.http ?? [];
  const [template = "", literal = ""] = uri.split("?");
  const segments = template.split("/").filter((segment) => segment !== "");
  const labels: string[] = [];
  const pattern = segments.map((segment) => {
    const [, label, modifier] = /^\{(\w+)(\+?)\}$/.exec(segment) ?? [];
    if (label === undefined) return `/${segment.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`;
    labels.push(label);
    return modifier === "+" ? "/(.+)" : "/([^/]+)";
  });
  const input = structureAt(model, operation.i);
  // Operations of Amazon S3 differ in their query and headers. In REST-JSON, method and path select the operation.
  const required = model.protocol === "restXml" ? (input.r ?? []).map((key) => input.m[key]) : [];
  const query = [
    ...[...new URLSearchParams(literal)]
      .filter(([key]) => key !== "x-id")
      .map(([key, value]) => [key, value === "" ? undefined : value] as const),
    ...required.flatMap((member) =>
      member?.httpQuery === undefined ? [] : [[member.httpQuery, undefined] as const],
    ),
  ];
  const headers = required.flatMap((member) =>
    member?.httpHeader === undefined ? [] : [member.httpHeader.toLowerCase()],
  );
  return {
    name,
    method,
    path: new RegExp(`^${pattern.join("")}/?$`, "s"),
    labels,
    query,
    headers,
    weight: query.length + headers.length + segments.length - labels.length,
  };
}

/** The operations of a REST service as routes, the most specific first. */
function routes(model: ServiceModel): readonly Route[] {
  let made = routesOf.get(model);
  if (!made) {
    made = Object.entries(model.operations)
      .map(([name, operation]) => routeOf(model, name, operation))
      .sort((a, b) => b.weight - a.weight);
    routesOf.set(model, made);
  }
  return made;
}

const fits = (route: Route, request: WireRequest): boolean =>
  route.method === request.method &&
  route.path.test(request.path) &&
  route.query.every(
    ([name, value]) =>
      request.query.has(name) && (value === undefined || request.query.get(name) === value),
  ) &&
  route.headers.every((name) => request.headers[name] !== undefined);

/** The operation of a REST request; undefined if no route matches. */
export function matchRest(model: ServiceModel, request: WireRequest): string | undefined {
  return routes(model).find((route) => fits(route, request))?.name;
}

/** Values in the path by label. */
function labelsOf(
  model: ServiceModel,
  operation: OperationModel,
  path: string,
): Map<string, string> {
  const route = routeOf(model, "", operation);
  const values = route.path.exec(path)?.slice(1) ?? [];
  return new Map(route.labels.map((label, index) => [label, decoded(values[index] ?? "", label)]));
}

function decoded(text: string, label: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new MalformedRequest("malformed", `${label} is not percent-encoded UTF-8`);
  }
}

/** True for a member that is not a part of the body (path, header, query), or that is the whole body. */
const isBound = (member: Member): boolean =>
  member.httpHeader !== undefined ||
  member.httpPrefixHeaders !== undefined ||
  member.httpQuery !== undefined ||
  member.httpQueryParams === 1 ||
  member.httpLabel === 1 ||
  member.httpResponseCode === 1 ||
  member.httpPayload === 1;

/** Query parameters that belong to the protocol. */
const ENVELOPE = /^(x-id|X-Amz-.*)$/;

export function decodeRest(
  model: ServiceModel,
  operation: OperationModel,
  request: WireRequest,
): Record<string, unknown> {
  const input = structureAt(model, operation.i);
  const labels = labelsOf(model, operation, request.path);
  const isJson = model.protocol === "restJson";
  const text = request.body.toString("utf8");
  const output: Record<string, unknown> = {};
  const knownNames = new Set(
    new URLSearchParams((operation.http?.[1] ?? "").split("?")[1] ?? "").keys(),
  );
  for (const [name, member] of Object.entries(input.m)) {
    const memberValue = fromEnvelope(model, member, labels.get(name), request, name);
    if (member.httpQuery !== undefined) knownNames.add(member.httpQuery);
    if (memberValue !== undefined) output[name] = memberValue;
    if (member.httpPayload !== 1) continue;
    const shape = shapeAt(model, member.s);
    if (shape.k === "blob") output[name] = new Uint8Array(request.body);
    else if (shape.k !== "structure" && text !== "") output[name] = text;
    else if (text !== "")
      output[name] = isJson
        ? decodeJson(model, member.s, text)
        : decodeXml(model, member.s, text, name);
  }
  if (!Object.values(input.m).some((member) => member.httpPayload === 1)) {
    if (isJson) Object.assign(output, decodeJson(model, operation.i, text, isBound));
    else if (text !== "") {
      const body = decodeXml(model, operation.i, text, input.n ?? "body");
      if (isObject(body)) Object.assign(output, { ...body, ...output });
    }
  }
  const invalidKey = [...request.query.keys()].find(
    (name) => !knownNames.has(name) && !ENVELOPE.test(name),
  );
  if (invalidKey !== undefined) throw new MalformedRequest("unknown-member", invalidKey);
  return output;
}

/** The value of a member from the path, the headers or the query; undefined if it is in none of them. */
function fromEnvelope(
  model: ServiceModel,
  member: Member,
  label: string | undefined,
  { headers, query }: WireRequest,
  name: string,
): unknown {
  const shape = shapeAt(model, member.s);
  if (label !== undefined) return scalarFromText(shape, label, name);
  if (member.httpHeader !== undefined) {
    const header = headers[member.httpHeader.toLowerCase()];
    return header === undefined ? undefined : scalarFromText(shape, header, name);
  }
  if (member.httpQuery !== undefined) {
    const values = query.getAll(member.httpQuery);
    const [first] = values;
    if (first === undefined) return undefined;
    if (shape.k !== "list") return scalarFromText(shape, first, name);
    return values.map((value) => scalarFromText(shapeAt(model, shape.v.s), value, name));
  }
  const prefix = member.httpPrefixHeaders;
  if (prefix === undefined) return undefined;
  const found = Object.entries(headers).filter(([header]) => header.startsWith(prefix));
  return found.length === 0
    ? undefined
    : Object.fromEntries(found.map(([header, value]) => [header.slice(prefix.length), value]));
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export function encodeRest(
  model: ServiceModel,
  operation: OperationModel,
  value: Readonly<Record<string, unknown>>,
): RestAnswer {
  const output = structureAt(model, operation.o);
  const type = {
    "content-type": model.protocol === "restJson" ? "application/json" : "application/xml",
  };
  const headers: Record<string, string> = {};
  for (const [name, member] of Object.entries(output.m)) {
    const memberValue = value[name];
    if (memberValue === undefined || memberValue === null) continue;
    if (member.httpHeader !== undefined) {
      headers[member.httpHeader.toLowerCase()] = scalarToText(
        shapeAt(model, member.s),
        memberValue,
        "http-date",
      );
    } else if (member.httpPrefixHeaders !== undefined) {
      for (const [key, inner] of Object.entries(memberValue))
        headers[member.httpPrefixHeaders + key] = String(inner);
    }
  }
  const status = headers["content-range"] === undefined ? (operation.http?.[2] ?? 200) : 206;
  const payload = Object.entries(output.m).find(([, member]) => member.httpPayload === 1);
  if (payload) {
    const [name, member] = payload;
    const memberValue = value[name];
    if (memberValue instanceof Uint8Array || typeof memberValue === "string")
      return { status, headers, body: memberValue };
    if (!isObject(memberValue)) return { status, headers, body: "" };
    return {
      status,
      headers: { ...type, ...headers },
      body: encodePayload(model, member, memberValue, name),
    };
  }
  if (!Object.values(output.m).some((member) => !isBound(member)))
    return { status, headers, body: "" };
  return { status, headers: { ...type, ...headers }, body: encodePlain(model, operation.o, value) };
}

/** Encodes the member that is the whole body. */
function encodePayload(
  model: ServiceModel,
  member: Member,
  value: Readonly<Record<string, unknown>>,
  name: string,
): string {
  if (model.protocol === "restJson") return JSON.stringify(encodeJson(model, member.s, value));
  const element = member.x ?? structureAt(model, member.s).n ?? name;
  return document(
    encodeElement(model, { ...member, ns: member.ns ?? model.xmlNamespace }, value, element),
  );
}

/** Encodes the members that form the body. */
function encodePlain(
  model: ServiceModel,
  shape: number,
  value: Readonly<Record<string, unknown>>,
): string {
  if (model.protocol === "restJson")
    return JSON.stringify(encodeJson(model, shape, value, isBound));
  const root = (structureAt(model, shape).n ?? "Result")
    .replace(/Output$/, "Result")
    .replace(/^List(ObjectsV2|Objects)Result$/, "ListBucketResult");
  return document(
    `<${root} xmlns="${model.xmlNamespace}">${encodeMembers(model, shape, value, isBound)}</${root}>`,
  );
}

const document = (content: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${content}`;
