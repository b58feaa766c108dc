import { createHash } from "node:crypto";
import { type ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";

export const digestOf = (content: Uint8Array | string): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** A pushed manifest or blob. */
export interface Pushed {
  readonly digest: string;
  readonly size: number;
}

/** A client of the sandbox's container registry. It implements the OCI Distribution Specification with `fetch`. */
export class RegistryClient {
  readonly url: string;
  readonly #authorization: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.#authorization = `Basic ${token}`;
  }

  /** Logs in with the credentials of an ECR client. */
  static async login(client: ECRClient): Promise<RegistryClient> {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    const [data] = authorizationData ?? [];
    return new RegistryClient(data?.proxyEndpoint ?? "", data?.authorizationToken ?? "");
  }

  request(
    method: string,
    path: string,
    init: { readonly headers?: Record<string, string>; readonly body?: BodyInit } = {},
  ): Promise<Response> {
    return fetch(new URL(path, this.url), {
      method,
      ...(init.body === undefined ? {} : { body: init.body }),
      headers: { authorization: this.#authorization, ...init.headers },
    });
  }

  /** The status and the error of a rejected request, as "404 NAME_UNKNOWN: message". */
  async errorOf(...parameters: Parameters<RegistryClient["request"]>): Promise<string> {
    const response = await this.request(...parameters);
    const { errors } = (await response.json()) as {
      errors: readonly { readonly code: string; readonly message: string }[];
    };
    return `${response.status} ${errors.map(({ code, message }) => `${code}: ${message}`).join()}`;
  }

  /** Pushes a blob with POST and PUT. */
  async pushBlob(repository: string, content: Uint8Array | string): Promise<Pushed> {
    const digest = digestOf(content);
    const start = await this.request("POST", `/v2/${repository}/blobs/uploads/`);
    const location = start.headers.get("location") ?? "";
    const end = await this.request("PUT", `${location}?digest=${digest}`, {
      body: Buffer.from(content),
    });
    if (end.status !== 201) throw new Error(`${end.status} ${await end.text()}`);
    return { digest, size: content.length };
  }

  /** Pushes a manifest or an index. The media type is the one in the manifest. */
  async pushManifest(
    repository: string,
    reference: string,
    manifest: { readonly mediaType: string; readonly [member: string]: unknown },
  ): Promise<Pushed> {
    const text = JSON.stringify(manifest);
    const response = await this.request("PUT", `/v2/${repository}/manifests/${reference}`, {
      headers: { "content-type": manifest.mediaType },
      body: text,
    });
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    return { digest: response.headers.get("docker-content-digest") ?? "", size: text.length };
  }

  /** Pushes an image with one layer. The content of the layer makes images different. */
  async pushImage(
    repository: string,
    tag: string,
    {
      architecture = "amd64",
      content = "layer",
    }: { readonly architecture?: string; readonly content?: string } = {},
  ): Promise<Pushed> {
    const layer = await this.pushBlob(repository, content);
    const config = await this.pushBlob(repository, JSON.stringify({ os: "linux", architecture }));
    return this.pushManifest(repository, tag, {
      mediaType: OCI_MANIFEST,
      schemaVersion: 2,
      config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
      layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer }],
    });
  }
}
