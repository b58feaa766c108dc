import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Readable } from "node:stream";
import { isObject, UserError } from "../shared/index.ts";
import type { Descriptor, Manifest } from "./oci-archive.ts";
import { pause } from "./pause.ts";

/** A repository of a registry that implements the OCI Distribution Specification. */
export interface RegistryRepository {
  /** The registry: protocol, host and port. */
  readonly endpoint: URL;
  readonly repository: string;
  /** User and password, encoded for HTTP's basic authentication. */
  readonly basicToken: string;
}

interface RegistryRequest {
  readonly method: "HEAD" | "POST" | "PATCH" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Opens the body: each attempt needs its own stream. */
  readonly body?: { readonly size: number; open(): Readable | Buffer };
}

interface RegistryResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const ATTEMPTS = 4;
const BASE_DELAY_MS = 250;
/** The time without any data after which an attempt ends. */
const IDLE_TIMEOUT_MS = 60_000;

/** Statuses after which a request is repeated. */
const isTransient = (status: number): boolean => status === 429 || status >= 500;

/**
 * Uploads blobs and manifests.
 *
 * Source: OCI Distribution Specification, "Push".
 */
export class RegistryClient {
  readonly #repository: RegistryRepository;
  readonly #signal: AbortSignal | undefined;

  constructor(repository: RegistryRepository, signal?: AbortSignal) {
    this.#repository = repository;
    this.#signal = signal;
  }

  async hasBlob(digest: string): Promise<boolean> {
    const response = await this.#send({ method: "HEAD", url: this.#url(`blobs/${digest}`) });
    if (response.status === 404) return false;
    // Registries may redirect to the storage of the blob.
    if (response.status < 400) return true;
    throw this.#rejected(`reading the layer ${digest}`, response);
  }

  /** Uploads a blob in one part. The registry compares its content with the digest. */
  async uploadBlob({ digest, size }: Descriptor, open: () => Readable): Promise<void> {
    // A registry appends each PATCH to what it already has of an upload: another attempt needs a new upload.
    const upload = await this.#repeat(async () => {
      const start = await this.#send({ method: "POST", url: this.#url("blobs/uploads/") });
      if (start.status !== 202) throw this.#rejected("starting an upload", start);
      return this.#sendOnce({
        method: "PATCH",
        url: this.#location(start),
        headers: { "content-type": "application/octet-stream" },
        body: { size, open },
      });
    });
    if (upload.status !== 202) throw this.#rejected(`uploading the layer ${digest}`, upload);
    const end = this.#location(upload);
    end.searchParams.set("digest", digest);
    const completed = await this.#send({ method: "PUT", url: end });
    // The registry no longer has the upload if an earlier attempt has completed it, and only the response was lost.
    const isCompleted =
      completed.status === 201 || (completed.status === 404 && (await this.hasBlob(digest)));
    if (!isCompleted)
      throw this.#rejected(`completing the upload of the layer ${digest}`, completed);
  }

  /** @param reference the tag of the manifest, or its digest */
  async putManifest({ mediaType, content }: Manifest, reference: string): Promise<void> {
    const response = await this.#send({
      method: "PUT",
      url: this.#url(`manifests/${reference}`),
      headers: { "content-type": mediaType },
      body: { size: content.length, open: () => content },
    });
    if (response.status !== 201)
      throw this.#rejected(`storing the manifest ${reference}`, response);
  }

  #url(path: string): URL {
    const { endpoint, repository } = this.#repository;
    return new URL(`/v2/${repository}/${path}`, endpoint);
  }

  /**
   * The URL at which an upload continues. It is on the same registry, because the request contains the credentials.
   *
   * @throws UserError BERTH-E3210 if it is not
   */
  #location({ headers }: RegistryResponse): URL {
    const { endpoint } = this.#repository;
    const location = new URL(headers.location ?? "", endpoint);
    if (headers.location !== undefined && location.origin === endpoint.origin) return location;
    throw new UserError(
      "BERTH-E3210",
      headers.location === undefined
        ? "the registry does not name the location of an upload"
        : `the registry continues an upload on another host: ${location.host}`,
      { where: endpoint.host },
    );
  }

  #rejected(what: string, { status, body }: RegistryResponse): UserError {
    const { endpoint, repository } = this.#repository;
    const errors = errorsIn(body);
    const text = errors.map(({ code, message }) => `${code}: ${message}`).join("; ");
    const isTagTaken = errors.some(({ code }) => code === "TAG_INVALID");
    return new UserError(
      isTagTaken ? "BERTH-E3209" : "BERTH-E3210",
      `the registry rejects ${what} with HTTP status ${status}${text === "" ? "" : `: ${text}`}`,
      {
        where: `${endpoint.host}/${repository}`,
        ...(isTagTaken
          ? { fix: IMMUTABLE_TAG_FIX }
          : status === 401 || status === 403
            ? {
                fix: "allow ecr:BatchCheckLayerAvailability, ecr:InitiateLayerUpload, ecr:UploadLayerPart, ecr:CompleteLayerUpload and ecr:PutImage on the repository",
              }
            : {}),
      },
    );
  }

  /** Sends a request until the registry answers it; see #repeat. */
  #send(request: RegistryRequest): Promise<RegistryResponse> {
    return this.#repeat(() => this.#sendOnce(request));
  }

  #sendOnce(request: RegistryRequest): Promise<RegistryResponse> {
    return send(request, this.#repository.basicToken, this.#signal);
  }

  /**
   * Repeats an attempt after a lost connection, throttling and an error inside the registry. Returns the last response.
   *
   * @throws UserError BERTH-E3210 if the registry does not respond. A UserError of the attempt is not repeated
   */
  async #repeat(attempt: () => Promise<RegistryResponse>): Promise<RegistryResponse> {
    for (let count = 1; ; count++) {
      this.#signal?.throwIfAborted();
      try {
        const response = await attempt();
        if (!isTransient(response.status) || count >= ATTEMPTS) return response;
      } catch (error) {
        this.#signal?.throwIfAborted();
        if (error instanceof UserError) throw error;
        if (count >= ATTEMPTS)
          throw new UserError(
            "BERTH-E3210",
            `the registry does not respond: ${error instanceof Error ? error.message : String(error)}`,
            {
              where: this.#repository.endpoint.host,
              fix: "check the network connection, and push again",
            },
          );
      }
      await pause(BASE_DELAY_MS * 2 ** (count - 1), this.#signal);
    }
  }
}

/** The fix for an immutable tag that names another image. */
export const IMMUTABLE_TAG_FIX =
  "the repository has an image of this commit: deploy it with its tag, or commit a change and build again";

/** The errors in a response. Source: OCI Distribution Specification, "Error Codes". */
function errorsIn(body: string): { readonly code: string; readonly message: string }[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // A proxy may respond with HTML: the status is in the error.
    return [];
  }
  const errors = isObject(parsed) ? parsed["errors"] : undefined;
  return (Array.isArray(errors) ? errors : []).filter(isObject).map(({ code, message }) => ({
    code: typeof code === "string" ? code : "UNKNOWN",
    message: typeof message === "string" ? message : "",
  }));
}

function send(
  { method, url, headers = {}, body }: RegistryRequest,
  basicToken: string,
  signal: AbortSignal | undefined,
): Promise<RegistryResponse> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? httpsRequest : httpRequest;
    const outgoing = request(url, {
      method,
      headers: {
        ...headers,
        authorization: `Basic ${basicToken}`,
        "content-length": String(body?.size ?? 0),
      },
      timeout: IDLE_TIMEOUT_MS,
      ...(signal && { signal }),
    });
    outgoing.once("timeout", () =>
      outgoing.destroy(new Error(`no data for ${IDLE_TIMEOUT_MS / 1000} s`)),
    );
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      incoming.once("error", reject);
      incoming.once("end", () =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }),
      );
    });
    const content = body?.open();
    if (content === undefined || Buffer.isBuffer(content)) {
      outgoing.end(content);
    } else {
      content.once("error", (error) => outgoing.destroy(error));
      outgoing.once("close", () => content.destroy());
      content.pipe(outgoing);
    }
  });
}
