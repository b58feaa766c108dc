import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { WireRequest, WireResponse } from "../protocol/wire-types.ts";

/** In the place of an answer: the connection is cut. */
export const DROP_CONNECTION = "cut";

type Answer = WireResponse | typeof DROP_CONNECTION;

/** Seconds that an idle connection stays open: longer than clients keep theirs, or they send into a closing one. */
const KEEP_ALIVE = 75;

/** Seconds that a client may take to send a request's headers, and the whole of it. */
const HEADERS_TIMEOUT = 80;
const REQUEST_TIMEOUT = 120;

/** Seconds that the rest of a body that is too large may take, without data and in total, until the connection is closed. */
const DISCARD_IDLE_TIMEOUT = 2;
const DISCARD_TIMEOUT = 30;

/**
 * An HTTP server that outlives whatever its handler does: an error becomes an answer with status 500. Requests that
 * are no HTTP get Node's own answers (400, 408, 431).
 */
export function createHttpServer(answer: (request: IncomingMessage) => Promise<Answer>): Server {
  const server = createServer((request, response) => {
    void respond(answer, request, response);
  });
  server.keepAliveTimeout = KEEP_ALIVE * 1000;
  server.headersTimeout = HEADERS_TIMEOUT * 1000;
  server.requestTimeout = REQUEST_TIMEOUT * 1000;
  return server;
}

async function respond(
  answer: (request: IncomingMessage) => Promise<Answer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const result = await answer(request);
    if (result === DROP_CONNECTION) request.socket.destroy();
    else writeResponse(request, response, result);
  } catch (error) {
    // Node rejects a header or a status before it has sent anything; later there is nothing left to say.
    if (response.headersSent) request.socket.destroy();
    else writeResponse(request, response, internalError(error));
  }
}

const internalError = (error: unknown): WireResponse => ({
  status: 500,
  headers: { "content-type": "text/plain;charset=UTF-8" },
  body: `internal error of Berth's sandbox: ${stackOf(error)}\n`,
});

export const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** A body is larger than the limit. The rest of it is dropped. */
export class BodyTooLargeError extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super(`the body is larger than ${limit} bytes`);
    this.name = "BodyTooLargeError";
    this.limit = limit;
  }
}

/** The whole body; by events, which cost a fraction of an asynchronous iteration. */
function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > limit) {
      reject(new BodyTooLargeError(limit));
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    const read = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= limit) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      request.pause();
      request.off("data", read);
      reject(new BodyTooLargeError(limit));
    };
    request.on("data", read);
    request.once("end", () =>
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
    );
    request.once("error", reject);
  });
}

/** True for a request whose target is a URL, as proxies get them, or no path. */
export const isForProxy = (request: IncomingMessage): boolean =>
  !(request.url ?? "/").startsWith("/");

/** A request without its body. Its path is left as it was sent: keys of S3 may hold dots and doubled slashes. */
export function headOf(request: IncomingMessage): WireRequest {
  const target = request.url ?? "/";
  const mark = target.indexOf("?");
  return {
    method: request.method ?? "GET",
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(",") : (value ?? ""),
      ]),
    ),
    body: Buffer.alloc(0),
  };
}

/**
 * Reads the body of a request.
 *
 * @param head the request without its body
 * @param limit bytes that the body may have
 * @throws BodyTooLargeError
 */
export async function readRequest(
  request: IncomingMessage,
  head: WireRequest,
  limit: number,
): Promise<WireRequest> {
  const raw = await readBody(request, limit);
  const isChunked =
    (head.headers["content-encoding"] ?? "").includes("aws-chunked") ||
    (head.headers["x-amz-content-sha256"] ?? "").startsWith("STREAMING-");
  return { ...head, body: isChunked ? unchunk(raw) : raw };
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

/** A HEAD says how long the body would be, and sends none. */
function writeResponse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: WireResponse,
): void {
  const isHead = request.method === "HEAD";
  const length = isHead ? headers["content-length"] : undefined;
  response.writeHead(status, {
    ...headers,
    "content-length": length ?? Buffer.byteLength(body),
  });
  const closes = headers["connection"] === "close" || !response.shouldKeepAlive;
  if (request.complete || !closes) {
    response.end(isHead ? undefined : body);
    return;
  }
  if (isHead) response.flushHeaders();
  else response.write(body);
  endAfterBody(request, response);
}

/**
 * Ends an answer, and its connection, that was sent while the client may still send its body. Where the connection is closed with bytes that
 * were not read, the client's system reports a broken connection, and the answer is lost: the rest is read and dropped.
 */
function endAfterBody(request: IncomingMessage, response: ServerResponse): void {
  const end = (): void => {
    clearTimeout(idle);
    clearTimeout(total);
    response.end();
  };
  const idle = setTimeout(end, DISCARD_IDLE_TIMEOUT * 1000);
  const total = setTimeout(end, DISCARD_TIMEOUT * 1000);
  request.on("data", () => idle.refresh());
  request.once("end", end);
  request.once("error", end);
  request.once("close", end);
  request.resume();
}
