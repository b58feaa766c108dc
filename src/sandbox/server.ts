import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { UserError } from "../errors.ts";
import { dispatch } from "./dispatch.ts";
import { AwsError } from "./protocol/errors.ts";
import { loadModel, type ServiceModel } from "./protocol/model.ts";
import {
  decodeCall,
  encodeAnswer,
  encodeError,
  operationName,
  type WireRequest,
  type WireResponse,
} from "./protocol/wire.ts";
import type { Service } from "./service.ts";
import { services } from "./services/index.ts";
import { World } from "./store.ts";

/** AWS's documentation account. An access key id of 12 digits chooses another. */
export const DEFAULT_ACCOUNT = "111122223333";

export interface SandboxOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** File that keeps the world between runs. @default none: the world ends with the process */
  readonly stateFile?: string;
  /** The sandbox's clock. @default the machine's */
  readonly now?: () => Date;
}

/** One answered call, as the log keeps it. */
export interface CallRecord {
  readonly service: string;
  readonly operation: string;
  /** AWS's error code, where the call was refused. */
  readonly error?: string;
  readonly message?: string;
}

/** An AWS for one machine: it listens on 127.0.0.1 alone. */
export interface Sandbox {
  readonly url: string;
  readonly port: number;
  readonly calls: readonly CallRecord[];
  readonly world: World;
  close(): Promise<void>;
}

/**
 * Starts the sandbox.
 *
 * @throws UserError where the port is taken or the state file cannot be read
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const world = new World(options.stateFile);
  const calls: CallRecord[] = [];
  const now = options.now ?? (() => new Date());
  const server = createServer((request, response) => {
    void readRequest(request)
      .then((wire) => answer(world, wire, calls, now))
      .catch((error: unknown): WireResponse => ({ status: 500, headers: {}, body: String(error) }))
      .then(({ status, headers, body }) => {
        // A HEAD says how long the body would be.
        const length = request.method === "HEAD" ? headers["content-length"] : undefined;
        response.writeHead(status, {
          ...headers,
          "content-length": length ?? Buffer.byteLength(body),
        });
        response.end(request.method === "HEAD" ? undefined : body);
      });
  });
  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    calls,
    world,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await world.close();
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        new UserError(
          "BERTH-E4001",
          `the sandbox cannot listen on port ${port}: ${error.code ?? error.message}`,
          {
            fix: "choose another with --port, or leave --port out to take a free one",
          },
        ),
      );
    });
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

/** Bodies beyond this are refused: nothing the sandbox keeps is that large. */
const MAX_BODY = 64 * 1024 * 1024;

/** The whole body; by events, which cost a fraction of an asynchronous iteration. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_BODY) request.destroy(new RangeError("the body is too large"));
      chunks.push(chunk);
    });
    request.once("end", () =>
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
    );
    request.once("error", reject);
  });
}

async function readRequest(request: IncomingMessage): Promise<WireRequest> {
  const raw = await readBody(request);
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(",") : (value ?? ""),
    ]),
  );
  const isChunked =
    (headers["content-encoding"] ?? "").includes("aws-chunked") ||
    (headers["x-amz-content-sha256"] ?? "").startsWith("STREAMING-");
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: isChunked ? unchunk(raw) : raw,
  };
}

/** Takes AWS's own chunking off a body. Source: Amazon S3 API Reference, "Signature Calculations … Transferring Payload in Multiple Chunks". */
function unchunk(raw: Buffer): Buffer {
  const parts: Buffer[] = [];
  let position = 0;
  for (;;) {
    const end = raw.indexOf("\r\n", position);
    if (end < 0) break;
    const size = Number.parseInt(raw.subarray(position, end).toString("latin1"), 16);
    if (!(size > 0)) break;
    parts.push(raw.subarray(end + 2, end + 2 + size));
    position = end + 2 + size + 2;
  }
  return Buffer.concat(parts);
}

interface Scope {
  readonly account: string;
  readonly region: string;
  readonly service: string;
}

/** Whom a request is signed by and for, from its credential scope. Signatures are not verified: there are no secrets here. */
function scopeOf({ headers, query }: WireRequest): Scope | undefined {
  const credential =
    /Credential=([^,\s]+)/.exec(headers["authorization"] ?? "")?.[1] ??
    query.get("X-Amz-Credential");
  const [key = "", , region, service] = (credential ?? "").split("/");
  if (region === undefined || service === undefined) return undefined;
  return { account: /^\d{12}$/.test(key) ? key : DEFAULT_ACCOUNT, region, service };
}

const byName = new Map<string, Service>(services.map((service) => [service.name, service]));

const json = (body: unknown, status = 200): WireResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body: `${JSON.stringify(body)}\n`,
});

/** The sandbox's own doors. A web page must not get through them: it would send an Origin. */
function own(world: World, request: WireRequest, calls: CallRecord[]): WireResponse {
  if (request.headers["origin"] !== undefined) return json({ error: "not for web pages" }, 403);
  switch (`${request.method} ${request.path}`) {
    case "GET /_berth/health":
      return json({ status: "ok", services: [...byName.keys()].sort() });
    case "GET /_berth/resources":
      return json(world.contents());
    case "GET /_berth/calls":
      return json(calls);
    case "POST /_berth/reset":
      world.reset();
      calls.length = 0;
      return json({ status: "reset" });
    default:
      return json({ error: `there is no ${request.method} ${request.path}` }, 404);
  }
}

async function answer(
  world: World,
  request: WireRequest,
  calls: CallRecord[],
  now: () => Date,
): Promise<WireResponse> {
  if (request.path.startsWith("/_berth/")) {
    const response = own(world, request, calls);
    await world.save();
    return response;
  }
  const requestId = randomUUID();
  const scope = scopeOf(request);
  const service = scope ? byName.get(scope.service) : undefined;
  if (!scope || !service) {
    const error = scope
      ? new AwsError(
          "NotImplemented",
          `Berth's sandbox does not implement the service ${scope.service}`,
          501,
        )
      : new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
    calls.push({
      service: scope?.service ?? "unknown",
      operation: request.headers["x-amz-target"] ?? `${request.method} ${request.path}`,
      error: error.code,
      message: error.message,
    });
    return plainError(error, request, requestId);
  }
  const model = loadModel(service.name);
  const operation = operationName(model, request);
  const record = { service: service.name, operation };
  try {
    const call = decodeCall(model, operation, request);
    const { output, changed } = dispatch(world, service, model, call, scope, now());
    const response = encodeAnswer(model, operation, output, requestId);
    if (changed && world.isKept) await world.save();
    calls.push(record);
    return withId(response, requestId);
  } catch (error) {
    const refusal = error instanceof AwsError ? error : fault(error);
    calls.push({ ...record, error: refusal.code, message: refusal.message });
    return withId(encodeError(model, refusal, requestId), requestId);
  }
}

/** A fault of the sandbox itself is said as such, with its stack in the message. */
const fault = (error: unknown): AwsError =>
  new AwsError(
    "InternalFailure",
    error instanceof Error ? (error.stack ?? error.message) : String(error),
    500,
  );

const withId = (response: WireResponse, requestId: string): WireResponse => ({
  ...response,
  headers: { ...response.headers, "x-amzn-requestid": requestId, "x-amz-request-id": requestId },
});

/** An error in the dialect that the request speaks, where no service is there to ask. */
function plainError(error: AwsError, request: WireRequest, requestId: string): WireResponse {
  const isJson = request.headers["x-amz-target"] !== undefined;
  const model: ServiceModel = {
    service: "",
    protocol: isJson ? "json1.1" : "awsQuery",
    version: "",
    target: "",
    xmlNamespace: "",
    operations: {},
    errors: {},
    shapes: [],
  };
  return withId(encodeError(model, error, requestId), requestId);
}
