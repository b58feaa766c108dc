import { Agent, request } from "node:http";
import { defaultCaller } from "../../src/sandbox/authorization/callers.ts";
import { dispatch } from "../../src/sandbox/core/dispatch.ts";
import { defaultQuotas } from "../../src/sandbox/quotas.ts";
import type { SandboxSettings } from "../../src/sandbox/settings.ts";
import { runBackgroundWork } from "../../src/sandbox/core/background-work.ts";
import { defaultLimits } from "../../src/sandbox/core/limits.ts";
import { AwsError } from "../../src/sandbox/protocol/errors.ts";
import { loadModel } from "../../src/service-models/index.ts";
import { encodeAnswer } from "../../src/sandbox/protocol/wire.ts";
import type { Sandbox } from "../../src/sandbox/server.ts";
import type { Service } from "../../src/sandbox/core/service.ts";
import { services } from "../../src/sandbox/services/all.ts";
import { Store } from "../../src/sandbox/core/store.ts";
import { sendRaw } from "./raw-http.ts";
import { numbers, valueOf } from "./values.ts";

export const signed = (service: string, region = "us-east-1"): Record<string, string> => ({
  authorization: `AWS4-HMAC-SHA256 Credential=x/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

interface FuzzRequest {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const METHODS = ["POST", "GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];
const PATHS = [
  "/",
  "/bucket/key",
  "/%",
  "/%ff%fe",
  "//",
  "/a/../../etc/passwd",
  "/%2e%2e/x",
  "/2013-04-01/hostedzone/%00",
  "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm",
  "/constructor",
  `/${"a/".repeat(500)}`,
];
const QUERIES = [
  "",
  "?policy=",
  "?Action=DescribeVpcs",
  "?list-type=2&prefix=%",
  "?x=%zz",
  "?encryption",
  "?X-Amz-Credential=a/20260101/us-east-1/iam/aws4_request&Action=ListUsers&Version=2010-05-08",
];
const ADMIN_PATHS = ["health", "resources", "calls", "listeners", "", "reset/", "constructor", "%"];
const NAMES = ["constructor", "__proto__", "toString", "hasOwnProperty", ""];
const REGIONS = ["us-east-1", "us-east-1", "us-east-1", "eu-west-1", "(a+)+", "__proto__", ""];
const HOSTS = ["127.0.0.1", "localhost", "bucket.localhost", "evil.example", "[::1]:1", "\u00ff"];
const TYPES = [
  "application/x-amz-json-1.1",
  "application/x-www-form-urlencoded",
  "text/xml",
  "application/cbor",
];
const BODIES = [
  "",
  "{}",
  "[]",
  "null",
  "<a><b></a>",
  '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
  "{".repeat(5000),
  '{"__proto__":{"polluted":true}}',
  "Action=&Version=",
  "Action=CreateVpc&CidrBlock.999999999.x=1",
  `Action=CreateTags&${"ResourceId.1=x&".repeat(500)}`,
  "a".repeat(10_000),
];
const RAW = [
  "\u0000\u0001\u0002\r\n\r\n",
  "GET // HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
  "GET http://[ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
  "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc",
  "POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
  "CONNECT localhost:80 HTTP/1.1\r\nhost: localhost\r\n\r\n",
];

/** Generates random requests, the same for the same seed: nearly valid calls and invalid requests. */
function requestsFrom(seed: number, ports: readonly [number, number]): () => FuzzRequest {
  const next = numbers(seed);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(next() * items.length)];
    if (item === undefined) throw new RangeError("the list is empty");
    return item;
  };
  const operations = services.flatMap((service) =>
    Object.keys(service.operations).map((operation) => ({ service: service.name, operation })),
  );
  const body = (service: string, operation: string): Buffer => {
    const kind = next();
    if (kind < 0.3) return Buffer.from(pick(BODIES));
    if (kind < 0.4)
      return Buffer.from(Array.from({ length: 100 * next() }, () => Math.floor(256 * next())));
    const model = loadModel(service);
    const input = model.operations[operation]?.i;
    const value = input === undefined ? {} : valueOf(model, input, next);
    return Buffer.from(
      kind < 0.7
        ? JSON.stringify(value)
        : `Action=${operation}&Version=${model.version}&${formOf(value)}`,
    );
  };
  return () => {
    const [api, listener] = ports;
    const { service, operation } = pick(operations);
    const target = next();
    const method = pick(METHODS);
    const named = next() < 0.1 ? pick(NAMES) : operation;
    const headers = {
      host: next() < 0.9 ? "127.0.0.1" : pick(HOSTS),
      ...(next() < 0.05 ? { origin: "http://evil.example" } : {}),
      ...(next() < 0.05 ? { "sec-fetch-site": "cross-site" } : {}),
      ...(next() < 0.95 ? signed(service, pick(REGIONS)) : {}),
      ...(next() < 0.6 ? { "x-amz-target": `Any_20200101.${named}` } : {}),
      ...(next() < 0.8 ? { "content-type": pick(TYPES) } : {}),
      ...(next() < 0.1 ? { "smithy-protocol": "rpc-v2-cbor" } : {}),
    };
    if (target < 0.1) {
      return {
        port: api,
        method: "GET",
        path: `/_berth/${pick(ADMIN_PATHS)}`,
        headers,
        body: Buffer.alloc(0),
      };
    }
    const port = target < 0.3 ? listener : api;
    const path = pick(PATHS) + pick(QUERIES);
    return { port, method, path, headers, body: body(service, operation) };
  };
}

/** Encodes a structure as a form; lists and maps in the format of EC2. */
function formOf(value: unknown, path = ""): string {
  if (Array.isArray(value))
    return value.map((item, index) => formOf(item, `${path}.${index + 1}`)).join("&");
  if (typeof value === "object" && value !== null && !(value instanceof Date))
    return Object.entries(value)
      .map(([key, item]) => formOf(item, path === "" ? key : `${path}.${key}`))
      .join("&");
  return `${path}=${encodeURIComponent(value instanceof Date ? value.toISOString() : String(value))}`;
}

function send(agent: Agent, { port, method, path, headers, body }: FuzzRequest) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        method,
        path,
        agent,
        headers: { ...headers, "content-length": body.length },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.once("error", reject);
    sent.end(body);
  });
}

/**
 * Sends random requests to the API, the admin API and a listener port, eight at the same time.
 *
 * @returns the internal errors and closed connections, and the number of responses by status
 */
export async function fuzz(
  sandbox: Sandbox,
  listenerPort: number,
  count: number,
  seed: number,
): Promise<{ readonly wrong: readonly string[]; readonly statuses: ReadonlyMap<number, number> }> {
  const next = requestsFrom(seed, [sandbox.port, listenerPort]);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const wrong: string[] = [];
  const statuses = new Map<number, number>();
  let sent = 0;
  const client = async (): Promise<void> => {
    while (sent < count && wrong.length < 10) {
      const number = sent++;
      if (number % 1000 === 999) {
        const port = number % 2000 === 999 ? sandbox.port : listenerPort;
        await sendRaw(port, RAW[((number / 1000) % RAW.length) | 0] ?? "");
        continue;
      }
      const fuzzRequest = next();
      const describe = (): string =>
        `request ${number}: ${fuzzRequest.method} ${fuzzRequest.path} ${JSON.stringify(fuzzRequest.headers)} ${fuzzRequest.body.toString("latin1").slice(0, 500)}`;
      try {
        const { status, text } = await send(agent, fuzzRequest);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        // 501 is returned for unsupported functions. A listener returns 5xx for its targets, but never 500.
        const isFault =
          fuzzRequest.port === listenerPort ? status === 500 : status >= 500 && status !== 501;
        if (isFault) wrong.push(`${describe()}: ${status} ${text.slice(0, 1000)}`);
      } catch (error) {
        wrong.push(`${describe()}: ${String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
  agent.destroy();
  return { wrong, statuses };
}

type ValuesByName = ReadonlyMap<string, readonly string[]>;

/** IDs, names, ARNs and addresses in a snapshot, by member name. */
export function valuesIn(snapshot: string): ValuesByName {
  const values = new Map<string, string[]>();
  JSON.parse(snapshot, (key: string, value: unknown) => {
    if (typeof value === "string" && value.length < 150)
      values.set(key.toLowerCase(), [...(values.get(key.toLowerCase()) ?? []), value]);
    return value;
  });
  return values;
}

/** Replaces texts of an input by values of the snapshot, mostly values of members with a similar name. */
function withStateValues(
  value: unknown,
  values: ValuesByName,
  next: () => number,
  name = "",
): unknown {
  if (typeof value === "string" && value.startsWith("text ")) {
    const wantedName = name.toLowerCase();
    const matching = [...values].filter(
      ([key]) => key.includes(wantedName) || wantedName.includes(key),
    );
    const candidates = (next() < 0.9 && matching.length > 0 ? matching : [...values]).flatMap(
      ([, texts]) => texts,
    );
    return next() < 0.9 ? candidates[Math.floor(next() * candidates.length)] : value;
  }
  if (Array.isArray(value))
    return value.map((item) => withStateValues(item, values, next, name.replace(/s$/, "")));
  if (
    typeof value !== "object" ||
    value === null ||
    value instanceof Date ||
    value instanceof Uint8Array
  )
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withStateValues(item, values, next, key)]),
  );
}

/** Parameters of pages: services reject random tokens and sizes, so that every second round has none. */
const PAGING: ReadonlySet<string> = new Set(["Marker", "MaxRecords", "NextToken", "nextToken"]);

/**
 * Makes valid calls of every operation of a service. Each round starts with the same snapshot.
 *
 * @returns the calls with internal errors, and the number of successful calls
 */
export function fuzzOperations(
  service: Service,
  snapshot: string,
  values: ValuesByName,
  rounds: number,
): { readonly broken: readonly string[]; readonly answered: number } {
  const model = loadModel(service.name);
  const next = numbers(service.name.length * 15_485_863);
  const store = new Store();
  const now = new Date("2026-01-01T00:00:00Z");
  const settings: SandboxSettings = {
    url: "http://127.0.0.1:4566",
    pace: "instant",
    schedules: "manual",
    iam: "strong",
    unknownRoles: "rejected",
    quotas: defaultQuotas,
    apps: {},
  };
  const caller = defaultCaller("111122223333", "us-east-1");
  const callContext = { caller, region: "us-east-1", now, settings, limits: defaultLimits };
  const broken: string[] = [];
  let answered = 0;
  for (let round = 0; round < rounds; round++) {
    store.restore(snapshot);
    for (const [name, { supportedParameters }] of Object.entries(service.operations)) {
      const shapes = model.operations[name];
      if (!shapes) throw new Error(`${name} is not in the model`);
      const whole = valueOf(model, shapes.i, next) as Record<string, unknown>; // an input is a structure
      const supportedInput = Object.fromEntries(
        Object.entries(whole).filter(
          ([key]) => supportedParameters.includes(key) && (round % 2 === 0 || !PAGING.has(key)),
        ),
      );
      const input = withStateValues(supportedInput, values, next) as Record<string, unknown>; // the replacement keeps the structure
      try {
        const { output } = dispatch(store, service, model, { operation: name, input }, callContext);
        encodeAnswer(model, name, output, "request");
        runBackgroundWork(store, now, settings, "waited");
        answered++;
      } catch (error) {
        if (error instanceof AwsError && error.status !== 500) continue;
        const { stack = "" } = error as Error;
        broken.push(`${name}(${JSON.stringify(input)}): ${stack.slice(0, 400)}`);
      }
    }
  }
  return { broken, answered };
}
