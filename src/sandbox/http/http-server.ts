import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { StreamedResponse, WireRequest, WireResponse } from "../protocol/wire-types.ts";

/** Returned instead of a response: the connection is closed. */
export const DROP_CONNECTION = "cut";

type Answer = WireResponse | StreamedResponse | typeof DROP_CONNECTION;

/** Thrown by code that cannot return DROP_CONNECTION: the connection is closed without a response. */
export class DroppedConnection extends Error {}

/**
 * Seconds until an idle connection is closed: longer than in clients, so that they do not send into a closing
 * connection. The AWS SDK for Go, and therefore Terraform, closes it after 90 s. Source: aws/aws-sdk-go-v2,
 * `aws/transport/http/client.go`, DefaultHTTPTransportIdleConnTimeout.
 */
const KEEP_ALIVE = 100;

/**
 * Seconds that a client may take to send the headers, and the whole request. Node also closes a connection without any request
 * after HEADERS_TIMEOUT. It is therefore longer than the time for which clients keep an unused connection.
 */
const HEADERS_TIMEOUT = 105;
const REQUEST_TIMEOUT = 120;

/**
 * Seconds for which the rest of a too large body is read, without data and in total, until the connection is closed.
 */
const DISCARD_IDLE_TIMEOUT = 2;
const DISCARD_TIMEOUT = 30;

/**
 * An HTTP server that survives errors of its handler: they become a response with status 500. For requests that are not
 * valid HTTP, Node.js sends its own responses (400, 408, 431).
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
    else if ("stream" in result) await streamResponse(request, response, result);
    else writeResponse(request, response, result);
  } catch (error) {
    // Node.js rejects a header or a status before it sends anything. Afterwards no error can be sent.
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

/** A request body is larger than the limit. Its rest is discarded. */
export class BodyTooLargeError extends Error {
  readonly limit: number;

  constructor(limit: number) {
    super(`the body is larger than ${limit} bytes`);
    this.name = "BodyTooLargeError";
    this.limit = limit;
  }
}

/** Reads the whole body. Events are much faster than an asynchronous iteration. */
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

/** True for a request whose target is not a path, such as a URL in a request to a proxy. */
export const isForProxy = (request: IncomingMessage): boolean =>
  !(request.url ?? "/").startsWith("/");

/** The request without its body. The path is not normalized: keys of S3 may contain dots and double slashes. */
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
 * @param limit maximum size of the body in bytes
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

/**
 * Decodes the chunked upload format of AWS. Source: Amazon S3 API Reference, "Signature Calculations … Transferring
 * Payload in Multiple Chunks".
 */
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

async function streamResponse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, stream }: StreamedResponse,
): Promise<void> {
  response.writeHead(status, { ...headers });
  if (request.method !== "HEAD") return pipeline(stream, response);
  stream.destroy();
  response.end();
}

/** Sends a response. The response to a HEAD request has the length of the body, but no body. */
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
 * Ends a response, and its connection, while the client may still send its body. The rest of the body is read and
 * discarded: if unread bytes were left, the client would get a connection error instead of the response.
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
