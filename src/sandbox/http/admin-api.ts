import { isObject } from "../../shared/json.ts";
import type { SimulationRequest } from "../core/simulate.ts";
import { StateWriteError } from "../core/state-file.ts";
import type { AccountRegion, Store } from "../core/store.ts";
import { DEFAULT_ACCOUNT } from "../default-account.ts";
import { AwsError } from "../protocol/errors.ts";
import {
  jsonResponse,
  type StreamedResponse,
  type WireRequest,
  type WireResponse,
} from "../protocol/wire-types.ts";
import type { CallRecord } from "./call-record.ts";
import type { ListenerPorts } from "./listener-ports.ts";

/** Prefix of the paths of the admin API. No path of AWS's APIs starts with it. */
const ADMIN_PATH = "/_berth/";

/** The parts of a sandbox that the admin API reads and resets. */
export interface AdminTarget {
  /** Names of the services, in alphabetical order. */
  readonly services: readonly string[];
  readonly store: Store;
  /** Undefined if the sandbox opens no ports for listeners. */
  readonly listenerPorts: ListenerPorts | undefined;
  readonly calls: readonly CallRecord[];
  /** Empties the call log. */
  readonly forgetCalls: () => void;
  /** Causes something that happens on AWS without a call of a client. */
  readonly simulate: (request: SimulationRequest, accountRegion: AccountRegion) => unknown;
}

export const isAdminRequest = ({ path }: WireRequest): boolean => path.startsWith(ADMIN_PATH);

const BLOB_PATH = `${ADMIN_PATH}blobs/`;

/** Answers a request to the admin API: health, resources, calls, listeners, blobs, reset and simulations. */
export async function answerAdminRequest(
  request: WireRequest,
  { services, store, listenerPorts, calls, forgetCalls, simulate }: AdminTarget,
): Promise<WireResponse | StreamedResponse> {
  if (request.method === "GET" && request.path.startsWith(BLOB_PATH))
    return blobAnswer(store, request.path.slice(BLOB_PATH.length));
  switch (`${request.method} ${request.path}`) {
    case "GET /_berth/health":
      return jsonResponse({ status: "ok", services });
    case "GET /_berth/resources":
      return jsonResponse(store.contents());
    case "GET /_berth/calls":
      return jsonResponse(calls);
    case "GET /_berth/listeners":
      return jsonResponse(listenerPorts?.list() ?? []);
    case "POST /_berth/reset":
      try {
        store.reset();
      } catch (error) {
        if (!(error instanceof StateWriteError)) throw error;
        return jsonResponse({ error: `${error.message}; nothing was changed` }, 503);
      }
      forgetCalls();
      await listenerPorts?.sync();
      return jsonResponse({ status: "reset" });
    case "POST /_berth/simulate":
      return simulationAnswer(request, simulate);
    default:
      return jsonResponse({ error: `unknown endpoint ${request.method} ${request.path}` }, 404);
  }
}

/** The content of a blob, such as a layer whose URL Amazon ECR has returned. */
function blobAnswer({ blobs }: Store, name: string): WireResponse | StreamedResponse {
  const size = blobs.sizeOf(name);
  if (size === undefined) return jsonResponse({ error: `unknown blob ${name}` }, 404);
  return {
    status: 200,
    headers: { "content-type": "application/octet-stream", "content-length": String(size) },
    stream: blobs.stream(name),
  };
}

/** Source of the parameters: the query of the request. The body is the input, as JSON. */
function simulationAnswer(
  { query, body }: WireRequest,
  simulate: AdminTarget["simulate"],
): WireResponse {
  const { service = "", name = "", account, region } = Object.fromEntries(query);
  try {
    const input: unknown = JSON.parse(body.length === 0 ? "{}" : body.toString("utf8"));
    if (!isObject(input)) throw new SyntaxError("the body is not a JSON object");
    const place = { account: account ?? DEFAULT_ACCOUNT, region: region ?? "us-east-1" };
    return jsonResponse(simulate({ service, name, input }, place));
  } catch (error) {
    if (error instanceof AwsError)
      return jsonResponse({ code: error.code, error: error.message }, error.status);
    if (error instanceof SyntaxError) return jsonResponse({ error: error.message }, 400);
    throw error;
  }
}
