import type { IncomingMessage } from "node:http";
import { Context } from "../core/operation.ts";
import type { Store } from "../core/store.ts";
import { DroppedConnection, DROP_CONNECTION } from "../http/http-server.ts";
import type { RequestHandler } from "../http/request-handler.ts";
import type { WireRequest, WireResponse } from "../protocol/wire-types.ts";
import type { AuthorizationToken } from "../services/ecr/authorization-token.ts";
import type { SandboxSettings } from "../settings.ts";
import { authenticate } from "./authenticate.ts";
import { answerBlob, answerUpload, startUpload } from "./blobs.ts";
import { errorResponse, RegistryError, toRegistryError } from "./errors.ts";
import { answerManifest, listReferrers, listTags } from "./manifests.ts";
import type { RegistryRequest } from "./request.ts";
import { parseRoute } from "./route.ts";

/** The parts of a sandbox that its registry uses. */
export interface RegistryHost {
  readonly store: Store;
  readonly settings: SandboxSettings;
  readonly now: () => Date;
  readonly calls: Pick<RequestHandler, "call">;
}

/** Source: what `/v2/` of Amazon ECR returns. The specification no longer has this header; older clients need it. */
const HEADERS = { "docker-distribution-api-version": "registry/2.0" } as const;

/** The response of ECR to a request without a token. Source: "Today I Learned" of wom.icu, 2023-09-11, a recorded response. */
const challenge = ({ url }: SandboxSettings): WireResponse => ({
  status: 401,
  headers: {
    "content-type": "text/plain; charset=utf-8",
    "www-authenticate": `Basic realm="${url}/",service="ecr.amazonaws.com"`,
  },
  body: "Not Authorized\n",
});

/**
 * Answers a request to the container registry by the OCI Distribution Specification 1.1. The registry stores nothing
 * itself: a request becomes calls of the ECR API, with the permissions of the caller that requested the token.
 *
 * @param head the request without its body, which is read from `message`
 */
export async function answerRegistryRequest(
  message: IncomingMessage,
  head: WireRequest,
  host: RegistryHost,
): Promise<WireResponse | typeof DROP_CONNECTION> {
  const response = await answer(message, head, host);
  return response === DROP_CONNECTION
    ? response
    : { ...response, headers: { ...HEADERS, ...response.headers } };
}

async function answer(
  message: IncomingMessage,
  head: WireRequest,
  host: RegistryHost,
): Promise<WireResponse | typeof DROP_CONNECTION> {
  try {
    const token = authenticate(host.store, head.headers["authorization"], host.now());
    if (!token) return challenge(host.settings);
    return await answerRoute(registryRequest(message, head, host, token), head.path);
  } catch (error) {
    if (error instanceof DroppedConnection) return DROP_CONNECTION;
    const registryError = toRegistryError(error);
    if (registryError instanceof RegistryError)
      return endingUnreadBody(message, errorResponse(registryError));
    throw error;
  }
}

/**
 * Closes the connection after an error in the middle of a body. The server discards the rest of the body. Node.js itself
 * discards only a body that was never read from: the next request on the connection would wait forever.
 */
function endingUnreadBody(message: IncomingMessage, response: WireResponse): WireResponse {
  const { "content-length": length = "0", "transfer-encoding": encoding } = message.headers;
  const isUnread = !message.complete && (length !== "0" || encoding !== undefined);
  return isUnread
    ? { ...response, headers: { ...response.headers, connection: "close" } }
    : response;
}

const registryRequest = (
  message: IncomingMessage,
  head: WireRequest,
  host: RegistryHost,
  { caller, region }: AuthorizationToken,
): RegistryRequest => {
  const context = new Context(
    host.store,
    { account: caller.account, region },
    host.now(),
    caller,
    host.settings,
  );
  return {
    method: head.method,
    query: head.query,
    headers: head.headers,
    body: message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>, // a request emits buffers
    context,
    change: (change) => host.store.transact(change).result,
    call: <Output>(operation: string, input: object) =>
      host.calls.call("ecr", { operation, input: { ...input } }, caller, region) as Promise<Output>, // by its operation
  };
};

async function answerRoute(request: RegistryRequest, path: string): Promise<WireResponse> {
  const route = parseRoute(path);
  switch (route.kind) {
    case "base":
      return { status: 200, headers: { "content-type": "application/json" }, body: "{}" };
    case "blob":
      return answerBlob(request, route);
    case "uploads":
      return startUpload(request, route);
    case "upload":
      return answerUpload(request, route);
    case "manifest":
      return answerManifest(request, route);
    case "tags":
      return listTags(request, route);
    case "referrers":
      return listReferrers(request, route);
  }
}
