import type { WireRequest } from "./wire.ts";
import { MalformedRequest } from "./errors.ts";
import {
  type Member,
  type OperationModel,
  type ServiceModel,
  shapeAt,
  structureAt,
} from "./model.ts";
import { scalarFromText, scalarToText } from "./scalars.ts";
import { decodeXml, encodeElement, encodeMembers } from "./xml.ts";

interface Route {
  readonly name: string;
  readonly method: string;
  readonly hasBucket: boolean;
  readonly hasKey: boolean;
  /** Query parameters that must be there, with their value where it is fixed. */
  readonly query: readonly (readonly [string, string | undefined])[];
  readonly headers: readonly string[];
}

const routesOf = new Map<ServiceModel, readonly Route[]>();

/** The operations of a REST-XML service as routes, the most particular first. */
function routes(model: ServiceModel): readonly Route[] {
  const known = routesOf.get(model);
  if (known) return known;
  const made = Object.entries(model.operations)
    .map(([name, operation]): Route => {
      const [method = "", uri = ""] = operation.http ?? [];
      const [path = "", literal = ""] = uri.split("?");
      const input = structureAt(model, operation.i);
      const required = (input.r ?? []).map((key) => input.m[key]);
      return {
        name,
        method,
        hasBucket: "Bucket" in input.m,
        hasKey: path.includes("{Key+}"),
        query: [
          ...[...new URLSearchParams(literal)]
            .filter(([key]) => key !== "x-id")
            .map(([key, value]) => [key, value === "" ? undefined : value] as const),
          ...required.flatMap((member) =>
            member?.httpQuery === undefined ? [] : [[member.httpQuery, undefined] as const],
          ),
        ],
        headers: required.flatMap((member) =>
          member?.httpHeader === undefined ? [] : [member.httpHeader.toLowerCase()],
        ),
      };
    })
    .sort((a, b) => b.query.length + b.headers.length - (a.query.length + a.headers.length));
  routesOf.set(model, made);
  return made;
}

/** Bucket and key of a path-style S3 URL. */
function labels(path: string): { readonly bucket: string; readonly key: string } {
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) };
}

/** The operation that a REST request means; undefined where none fits. */
export function matchRest(model: ServiceModel, request: WireRequest): string | undefined {
  const { bucket, key } = labels(request.path);
  return routes(model).find(
    (route) =>
      route.method === request.method &&
      route.hasBucket === (bucket !== "") &&
      route.hasKey === (key !== "") &&
      route.query.every(
        ([name, value]) =>
          request.query.has(name) && (value === undefined || request.query.get(name) === value),
      ) &&
      route.headers.every((name) => request.headers[name] !== undefined),
  )?.name;
}

/** Query parameters that belong to the protocol. */
const ENVELOPE = /^(x-id|X-Amz-.*)$/;

export function decodeRest(
  model: ServiceModel,
  operation: OperationModel,
  request: WireRequest,
): Record<string, unknown> {
  const input = structureAt(model, operation.i);
  const { bucket, key } = labels(request.path);
  const output: Record<string, unknown> = {};
  const seen = new Set(new URLSearchParams((operation.http?.[1] ?? "").split("?")[1] ?? "").keys());
  for (const [name, member] of Object.entries(input.m)) {
    const shape = shapeAt(model, member.s);
    const header =
      member.httpHeader === undefined
        ? undefined
        : request.headers[member.httpHeader.toLowerCase()];
    if (member.httpQuery !== undefined) seen.add(member.httpQuery);
    const query = member.httpQuery === undefined ? null : request.query.get(member.httpQuery);
    if (name === "Bucket" && bucket !== "") output[name] = bucket;
    else if (name === "Key" && key !== "") output[name] = key;
    else if (header !== undefined) output[name] = scalarFromText(shape, header, name);
    else if (query !== null) output[name] = scalarFromText(shape, query, name);
    else if (member.httpPrefixHeaders !== undefined) {
      const prefix = member.httpPrefixHeaders;
      const found = Object.entries(request.headers).filter(([header]) => header.startsWith(prefix));
      if (found.length > 0) {
        output[name] = Object.fromEntries(
          found.map(([header, value]) => [header.slice(prefix.length), value]),
        );
      }
    } else if (member.httpPayload === 1 && (request.body.length > 0 || shape.k === "blob")) {
      output[name] =
        shape.k === "structure"
          ? decodeXml(model, member.s, request.body.toString("utf8"), name)
          : payload(shape.k, request.body);
    }
  }
  const odd = [...request.query.keys()].find((name) => !seen.has(name) && !ENVELOPE.test(name));
  if (odd !== undefined) throw new MalformedRequest("unknown-member", odd);
  return output;
}

const payload = (kind: string, body: Buffer): unknown =>
  kind === "blob" ? new Uint8Array(body) : body.toString("utf8");

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
  const headers: Record<string, string> = {};
  let body: string | Uint8Array | undefined;
  for (const [name, member] of Object.entries(output.m)) {
    const given = value[name];
    if (given === undefined || given === null) continue;
    const shape = shapeAt(model, member.s);
    if (member.httpHeader !== undefined)
      headers[member.httpHeader.toLowerCase()] = scalarToText(shape, given, "http-date");
    else if (member.httpPrefixHeaders !== undefined) {
      for (const [key, inner] of Object.entries(given))
        headers[member.httpPrefixHeaders + key] = String(inner);
    } else if (member.httpPayload === 1) {
      if (given instanceof Uint8Array) body = given;
      else if (typeof given === "string") body = given;
      else
        body = document(
          encodeElement(model, namespaced(model, member), given, elementOf(model, member, name)),
        );
    }
  }
  const isBound = (member: Member): boolean =>
    member.httpHeader !== undefined ||
    member.httpPrefixHeaders !== undefined ||
    member.httpPayload === 1;
  const plain = Object.values(output.m).some((member) => !isBound(member));
  if (body === undefined && plain) {
    const root = (output.n ?? "Result")
      .replace(/Output$/, "Result")
      .replace(/^List(ObjectsV2|Objects)Result$/, "ListBucketResult");
    body = document(
      `<${root} xmlns="${model.xmlNamespace}">${encodeMembers(model, operation.o, value, isBound)}</${root}>`,
    );
  }
  if (typeof body === "string" && body.startsWith("<?xml"))
    headers["content-type"] ??= "application/xml";
  return {
    status: headers["content-range"] === undefined ? (operation.http?.[2] ?? 200) : 206,
    headers,
    body: body ?? "",
  };
}

const namespaced = (model: ServiceModel, member: Member): Member =>
  member.ns === undefined ? { ...member, ns: model.xmlNamespace } : member;
const elementOf = (model: ServiceModel, member: Member, name: string): string => {
  const shape = shapeAt(model, member.s);
  return member.x ?? (shape.k === "structure" ? (shape.n ?? name) : name);
};
const document = (content: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${content}`;
