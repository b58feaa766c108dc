import { StateWriteError } from "../core/state-file.ts";
import type { Store } from "../core/store.ts";
import { jsonResponse, type WireRequest, type WireResponse } from "../protocol/wire-types.ts";
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
}

export const isAdminRequest = ({ path }: WireRequest): boolean => path.startsWith(ADMIN_PATH);

/** Answers a request to the admin API: health, resources, calls, listeners and reset. */
export async function answerAdminRequest(
  request: WireRequest,
  { services, store, listenerPorts, calls, forgetCalls }: AdminTarget,
): Promise<WireResponse> {
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
    default:
      return jsonResponse({ error: `unknown endpoint ${request.method} ${request.path}` }, 404);
  }
}
