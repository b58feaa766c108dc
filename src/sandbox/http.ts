import type { IncomingMessage, ServerResponse } from "node:http";
import { AwsError } from "./protocol/errors.ts";
import type { WireRequest, WireResponse } from "./protocol/wire.ts";

/** Bytes. Bodies beyond this are refused: nothing the sandbox keeps is that large. */
export const MAX_BODY: number = 64 * 1024 * 1024;

const tooLarge = (): AwsError =>
  new AwsError("RequestEntityTooLarge", `The body is larger than ${MAX_BODY} bytes`, 413);

/** The whole body; by events, which cost a fraction of an asynchronous iteration. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > MAX_BODY) {
      reject(tooLarge());
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_BODY) {
        request.pause();
        reject(tooLarge());
      } else chunks.push(chunk);
    });
    request.once("end", () =>
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)),
    );
    request.once("error", reject);
  });
}

/**
 * Reads a request whole. Its path is left as it was sent: keys of S3 may hold dots and doubled slashes.
 *
 * @throws AwsError where it is too large, or is meant for another server
 */
export async function readRequest(request: IncomingMessage): Promise<WireRequest> {
  const target = request.url ?? "/";
  if (!target.startsWith("/"))
    throw new AwsError("InvalidRequest", "The sandbox forwards no request: it is not a proxy");
  const raw = await readBody(request);
  const mark = target.indexOf("?");
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
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
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

/** A HEAD says how long the body would be, and sends none. */
export function writeResponse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: WireResponse,
): void {
  const isHead = request.method === "HEAD";
  const length = isHead ? headers["content-length"] : undefined;
  response.writeHead(status, {
    ...headers,
    "content-length": length ?? Buffer.byteLength(body),
    // What is left of a body that was too large is not read.
    ...(status === 413 ? { connection: "close" } : {}),
  });
  response.end(isHead ? undefined : body);
}
