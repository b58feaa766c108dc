import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Credentials } from "./credentials.ts";

/** A hash or a keyed hash of Node.js, as the signer uses it. */
class Sha256 {
  #hash: Hash | Hmac;
  readonly #key: string | ArrayBuffer | ArrayBufferView | undefined;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#key = key;
    this.#hash = this.#create();
  }

  #create(): Hash | Hmac {
    const key = this.#key;
    if (key === undefined) return createHash("sha256");
    return createHmac("sha256", typeof key === "string" ? key : bytesOf(key));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === "string" ? data : bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {
    this.#hash = this.#create();
  }
}

const bytesOf = (data: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);

/** A request to sign. */
export interface UnsignedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly service: string;
  readonly region: string;
  readonly credentials: Credentials;
  readonly date: Date;
}

/** The headers of a POST request, with its signature (AWS Signature Version 4). */
export async function signedHeaders(request: UnsignedRequest): Promise<Record<string, string>> {
  const { url, body, service, region, credentials, date } = request;
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const { headers } = await signer.sign(
    {
      method: "POST",
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === "" ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query: {},
      headers: { ...request.headers, host: url.host },
      body,
    },
    { signingDate: date },
  );
  return headers;
}
