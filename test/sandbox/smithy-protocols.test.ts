import { readFileSync } from "node:fs";
import { XMLParser } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import { readCbor } from "../../src/sandbox/protocol/cbor.ts";
import type { Member, Protocol, ServiceModel, Shape } from "../../src/service-models/index.ts";
import { decodeCall, encodeAnswer, operationName } from "../../src/sandbox/protocol/wire.ts";

/** A shape in the format of botocore. */
interface BotocoreShape {
  readonly shape?: string;
  readonly type?: string;
  readonly members?: Readonly<Record<string, BotocoreShape>>;
  readonly member?: BotocoreShape;
  readonly key?: BotocoreShape;
  readonly value?: BotocoreShape;
  readonly required?: readonly string[];
  readonly payload?: string;
  readonly flattened?: boolean;
  readonly location?: string;
  readonly locationName?: string;
  readonly queryName?: string;
  readonly xmlAttribute?: boolean;
  readonly xmlNamespace?: string | { readonly uri: string; readonly prefix?: string };
  readonly timestampFormat?: string;
  readonly idempotencyToken?: boolean;
}

interface Case {
  readonly id: string;
  readonly given: {
    readonly name: string;
    readonly http?: {
      readonly method: string;
      readonly requestUri: string;
      readonly responseCode?: number;
    };
    readonly input?: BotocoreShape;
    readonly output?: BotocoreShape & { readonly resultWrapper?: string };
  };
  readonly params?: unknown;
  readonly serialized?: {
    readonly method: string;
    readonly uri: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
  readonly result?: unknown;
  readonly error?: unknown;
  readonly response?: {
    readonly status_code: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  };
}

interface Suite {
  readonly metadata: { readonly apiVersion?: string; readonly xmlNamespace?: string };
  readonly shapes: Readonly<Record<string, BotocoreShape>>;
  readonly cases: readonly Case[];
}

const FORMATS: Readonly<Record<string, "date-time" | "http-date" | "epoch">> = {
  iso8601: "date-time",
  rfc822: "http-date",
  unixTimestamp: "epoch",
};

const NUMBERS = new Set([
  "integer",
  "long",
  "short",
  "byte",
  "float",
  "double",
  "bigdecimal",
  "biginteger",
]);

/** A model with the shapes of a suite and one operation. */
function modelOf(suite: Suite, { given }: Case, protocol: Protocol): ServiceModel {
  const shapes: (Shape | undefined)[] = [];
  const known = new Map<string, number>();
  const resolve = (of: BotocoreShape): BotocoreShape => ({
    ...suite.shapes[of.shape ?? ""],
    ...of,
  });

  const shapeOf = (of: BotocoreShape | undefined, isPayloadOwner = false): number => {
    const foreign = of ? resolve(of) : { type: "structure" };
    const name = `${of?.shape}/${foreign.timestampFormat}/${isPayloadOwner}`;
    const index = known.get(name);
    if (of && index !== undefined) return index;
    const own = shapes.push(undefined) - 1;
    known.set(name, own);
    shapes[own] = made(foreign, of?.shape);
    return own;
  };
  const made = (foreign: BotocoreShape, name: string | undefined): Shape => {
    const type = foreign.type ?? "structure";
    if (type === "structure") {
      const members = Object.entries(foreign.members ?? {}).map(
        ([key, member]) => [key, memberOf(key, member, foreign.payload === key)] as const,
      );
      return {
        k: "structure",
        m: Object.fromEntries(members),
        ...(name === undefined ? {} : { n: suite.shapes[name]?.locationName ?? name }),
        ...(foreign.required ? { r: foreign.required } : {}),
      };
    }
    if (type === "list") return { k: "list", v: memberOf("member", foreign.member ?? {}, false) };
    if (type === "map")
      return {
        k: "map",
        key: memberOf("key", foreign.key ?? {}, false),
        v: memberOf("value", foreign.value ?? {}, false),
      };
    if (type === "timestamp") {
      const format = FORMATS[foreign.timestampFormat ?? ""];
      return { k: "timestamp", ...(format === undefined ? {} : { f: format }) };
    }
    if (type === "blob" || type === "boolean") return { k: type };
    return { k: NUMBERS.has(type) ? "number" : "string" };
  };
  const memberOf = (key: string, member: BotocoreShape, isPayload: boolean): Member => {
    const full = resolve(member);
    const isBody = member.location === undefined;
    const isFlat = full.flattened === true;
    const wire = (isBody ? member.locationName : undefined) ?? key;
    const query =
      protocol === "ec2Query"
        ? (member.queryName ?? wire.replace(/^./, (first) => first.toUpperCase()))
        : wire;
    const namespace = full.xmlNamespace;
    return {
      s: shapeOf(member),
      ...(query === key ? {} : { q: query }),
      ...(wire === key ? {} : { x: wire }),
      ...(isFlat ? { flat: 1 } : {}),
      ...(full.xmlAttribute === true ? { attr: 1 } : {}),
      ...(namespace === undefined
        ? {}
        : {
            ns:
              typeof namespace === "string"
                ? namespace
                : namespace.prefix === undefined
                  ? namespace.uri
                  : ([namespace.prefix, namespace.uri] as const),
          }),
      ...(isPayload ? { httpPayload: 1 } : {}),
      ...(member.location === "uri" ? { httpLabel: 1 } : {}),
      ...(member.location === "header" ? { httpHeader: member.locationName ?? key } : {}),
      ...(member.location === "headers" ? { httpPrefixHeaders: member.locationName ?? "" } : {}),
      ...(member.location === "querystring"
        ? full.type === "map"
          ? { httpQueryParams: 1 }
          : { httpQuery: member.locationName ?? key }
        : {}),
      ...(member.location === "statusCode" ? { httpResponseCode: 1 } : {}),
    };
  };
  const { http } = given;
  const operation = {
    i: shapeOf(given.input),
    o: shapeOf(given.output),
    ...(http ? { http: [http.method, http.requestUri, http.responseCode ?? 200] as const } : {}),
  };
  return {
    service: "cases",
    protocol,
    version: suite.metadata.apiVersion ?? "",
    target: "",
    xmlNamespace: "https://example.com/",
    operations: { [given.name]: operation },
    errors: {},
    shapes: shapes as Shape[], // each was filled in
  };
}

/** Encodes a value in the format of the cases: dates in seconds, bytes as text, non-JSON numbers as strings. */
function toBotocore(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map(toBotocore);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, toBotocore(entry)]),
  );
}

/** Decodes a value of a case by its shape. */
function fromBotocore(model: ServiceModel, index: number, value: unknown): unknown {
  const shape = model.shapes[index];
  if (value === null || value === undefined || !shape) return undefined;
  switch (shape.k) {
    case "structure":
      return Object.fromEntries(
        Object.entries(value as Record<string, unknown>).map(([key, entry]) => [
          key,
          fromBotocore(model, shape.m[key]?.s ?? -1, entry),
        ]),
      );
    case "list":
      return (value as unknown[]).map((entry) => fromBotocore(model, shape.v.s, entry));
    case "map":
      return Object.fromEntries(
        Object.entries(value as Record<string, unknown>).map(([key, entry]) => [
          key,
          fromBotocore(model, shape.v.s, entry),
        ]),
      );
    case "timestamp":
      return new Date(Number(value) * 1000);
    case "blob":
      return new Uint8Array(Buffer.from(value as string));
    default:
      return typeof value === "string" && shape.k === "number" ? Number(value) : value;
  }
}

const PROTOCOLS: readonly (readonly [file: string, protocol: Protocol])[] = [
  ["query", "awsQuery"],
  ["ec2", "ec2Query"],
  ["json", "json1.1"],
  ["json_1_0", "json1.0"],
  ["rest-xml", "restXml"],
  ["smithy-rpc-v2-cbor", "rpcv2Cbor"],
];

const suitesOf = (
  file: string,
): { readonly input: readonly Suite[]; readonly output: readonly Suite[] } =>
  JSON.parse(readFileSync(new URL(`smithy/${file}.json`, import.meta.url), "utf8")) as {
    input: Suite[];
    output: Suite[];
  }; // as botocore has them

/** Excluded cases with the reason: features that no supported operation uses, or that are optional for a server. */
const EXCLUDED_CASES: readonly (readonly [cases: RegExp, why: string])[] = [
  [/ContentEncoding|Gzip/, "no supported operation compresses its body"],
  [/SupportsNaN|^AwsJson1\dSupports/, "no supported operation has such a number; it is rejected"],
  [/IdempotencyTokenAutoFill/, "the client adds a token to the input"],
  [
    /EndpointTrait|HostWithPath/,
    "host prefixes belong to the client; the request names no operation",
  ],
  [/InlineDocuments/, "no supported operation has a document"],
  [
    /QueryStringMap|QueryParamsStringListMap|QueryPrecedence|IgnoreQueryParams/,
    "no supported operation has a map of query parameters",
  ],
  [
    /InputAndOutputWith\w+Headers|NullAndEmptyHeaders/,
    "no supported operation has a list in a header",
  ],
  [
    /AllowNulls|StructuresDont|OmitsNullQuery|ClientDoesntSerializeNull/,
    "null is treated as a missing value",
  ],
  [
    /EmptyQuery(Lists|Maps)$|HttpPrefixHeadersAreNotPresent/,
    "an empty list or map is treated as a missing value",
  ],
  [/NoBlobBody/, "no body and an empty body are equal"],
  [
    /IgnoreType|[Uu]nexpected|ExtraFields|UnsetUnion/,
    "a server does not write values that clients must ignore",
  ],
  [
    /^AwsJson11DateTimeWith|iso8601_timestamps|ComplexEscapes|XMLPreamble/,
    "alternative formats that clients must read",
  ],
  [
    /^Ec2Query(EmptyInputAndEmptyOutput|NoInputAndOutput)$/,
    "EC2 returns <return>true</return> here",
  ],
  [/^XmlAttributes$/, "no supported response has an attribute at its root"],
];
const isExcluded = (id: string): boolean => EXCLUDED_CASES.some(([cases]) => cases.test(id));

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseTagValue: false,
  trimValues: true,
});

/** Elements of the envelope, which differ in each response. */
const ENVELOPE = new Set(["@xmlns", "requestId", "RequestId", "ResponseMetadata"]);

/** Normalizes text: numbers and timestamps have several formats. */
function normalizedText(value: string): unknown {
  const text = value.trim();
  if (text === "") return text;
  if (!Number.isNaN(Number(text))) return Number(text);
  const isTimestamp = /^\d{4}-\d\d-\d\dT|^\w{3}, \d\d? \w{3} \d{4}/.test(text);
  return isTimestamp ? new Date(text).getTime() / 1000 : text;
}

/** Parses XML into a tree without the envelope, order and whitespace. */
const parseXml = (xml: string): unknown => {
  const { "?xml": _, ...parsed } = parser.parse(xml) as Record<string, unknown>;
  return normalizedTree(parsed);
};

function normalizedTree(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalizedTree);
  if (typeof value === "string") return normalizedText(value);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key]) => !ENVELOPE.has(key))
    .map(([key, entry]) => [key, normalizedTree(entry)] as const);
  const [only] = entries;
  if (entries.length === 0) return "";
  return only?.[0] === "#text" && entries.length === 1
    ? only[1]
    : Object.fromEntries(entries.sort(([x], [y]) => (x < y ? -1 : 1)));
}

/** Removes the root element of REST services: clients ignore its name, and S3 and Route 53 use other names. */
const withoutRoot = (protocol: Protocol, root: unknown): unknown =>
  protocol === "restXml" ? Object.values(root as object)[0] : root;

/** Parses a body into a normalized value. */
function read(protocol: Protocol, body: string | Uint8Array): unknown {
  const text = typeof body === "string" ? body : Buffer.from(body).toString();
  if (protocol === "rpcv2Cbor")
    return readCbor(typeof body === "string" ? Buffer.from(body, "base64") : Buffer.from(body));
  if (protocol.startsWith("json")) return JSON.parse(text === "" ? "{}" : text) as unknown;
  return text.trim().startsWith("<") ? withoutRoot(protocol, parseXml(text)) : text;
}

describe.each(PROTOCOLS)("Smithy protocol tests of %s", (file, protocol) => {
  const { input, output } = suitesOf(file);
  const requests = input.flatMap((suite) =>
    suite.cases
      .filter(({ id }) => !isExcluded(id))
      .map((testCase) => ({ id: testCase.id, one: testCase, suite })),
  );
  const answers = output.flatMap((suite) =>
    suite.cases
      // Without a body there is nothing to compare.
      .filter(
        ({ id, error, response }) =>
          error === undefined &&
          !isExcluded(id) &&
          (protocol !== "awsQuery" || response?.body !== undefined),
      )
      .map((testCase) => ({ id: testCase.id, one: testCase, suite })),
  );

  it.each(requests)("decodes the request of $id", ({ one: otherCase, suite }) => {
    const model = modelOf(suite, otherCase, protocol);
    const { method = "POST", uri = "/", body = "", headers = {} } = otherCase.serialized ?? {};
    const [path = "/", query = ""] = uri.split("?");
    const request = {
      method,
      path,
      query: new URLSearchParams(query),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
      ),
      body: Buffer.from(body, protocol === "rpcv2Cbor" ? "base64" : "utf8"),
    };
    const name = operationName(model, request);
    expect(name).toBe(otherCase.given.name);
    expect(toBotocore(decodeCall(model, name, request).input)).toEqual(otherCase.params ?? {});
  });

  it.each(answers)("encodes the response of $id", ({ one: otherCase, suite }) => {
    const model = modelOf(suite, otherCase, protocol);
    const operation = model.operations[otherCase.given.name];
    const value = fromBotocore(model, operation?.o ?? -1, otherCase.result ?? {}) as Record<
      string,
      unknown
    >; // an output is a structure
    const answer = encodeAnswer(model, otherCase.given.name, value, "requestid");
    expect(read(protocol, answer.body)).toEqual(read(protocol, otherCase.response?.body ?? ""));
  });
});
