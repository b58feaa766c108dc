import type { Readable } from "node:stream";

/** An HTTP request. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A response with a large body. The headers contain its length. */
export interface StreamedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly stream: Readable;
}

/** A decoded request: operation and input. */
export interface Call {
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

/** A response with a JSON body, for requests that are not calls of AWS. */
export const jsonResponse = (body: unknown, status: number = 200): WireResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body: `${JSON.stringify(body)}\n`,
});
