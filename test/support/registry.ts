import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A registry on this machine that keeps blobs and manifests in memory. */
export interface TestRegistry {
  readonly url: string;
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** The digests of manifests, by tag and by digest. */
  readonly manifests: ReadonlyMap<string, string>;
  /** Method, path and authorization of each request, in order. */
  readonly requests: readonly string[];
  /** Answers a request in place of the registry, if it returns a response. */
  answer: (request: IncomingMessage) => TestResponse | undefined;
  close(): Promise<void>;
}

interface TestResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** True if the registry carries out the request, and only its response is replaced. @default false */
  readonly isExecuted?: boolean;
}

const digestOf = (content: Buffer): string =>
  `sha256:${createHash("sha256").update(content).digest("hex")}`;

/** Starts a registry. Source: OCI Distribution Specification, "Push". */
export async function startRegistry(): Promise<TestRegistry> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, string>();
  const uploads = new Map<string, Buffer>();
  const requests: string[] = [];
  let uploadCount = 0;
  const server: Server = createServer((request, response) => {
    void buffer(request).then((content) => {
      const { method = "", url = "", headers } = request;
      requests.push(`${method} ${url} ${headers.authorization ?? ""}`);
      const replacement = registry.answer(request);
      const answer =
        replacement?.isExecuted !== true && replacement
          ? replacement
          : { ...respond(method, url, content), ...replacement };
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  const respond = (method: string, url: string, content: Buffer): TestResponse => {
    const { pathname, searchParams } = new URL(url, "http://registry");
    const name = pathname.split("/").at(-1) ?? "";
    if (method === "HEAD") return { status: blobs.has(name) ? 200 : 404 };
    if (method === "POST") {
      const id = `upload-${uploadCount++}`;
      uploads.set(id, Buffer.alloc(0));
      return { status: 202, headers: { location: `${pathname}${id}?state=1` } };
    }
    const uploaded = uploads.get(name);
    if (method === "PATCH") {
      if (!uploaded) return { status: 404 };
      uploads.set(name, Buffer.concat([uploaded, content]));
      return { status: 202, headers: { location: url } };
    }
    if (searchParams.has("digest")) {
      if (!uploaded) return { status: 404 };
      const digest = digestOf(uploaded);
      if (digest !== searchParams.get("digest")) return { status: 400 };
      uploads.delete(name);
      blobs.set(digest, uploaded);
      return { status: 201 };
    }
    manifests.set(name, digestOf(content));
    return { status: 201 };
  };
  const registry: TestRegistry = {
    url: "",
    blobs,
    manifests,
    requests,
    answer: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // a TCP server
  return Object.assign(registry, { url: `http://127.0.0.1:${port}` });
}
