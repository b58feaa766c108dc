import { StateWriteError } from "../core/state-file.ts";
import type { Store } from "../core/store.ts";
import type { WireRequest, WireResponse } from "../protocol/wire-types.ts";
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

/** A response with a JSON body. */
export const json = (body: unknown, status: number = 200): WireResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body: `${JSON.stringify(body)}\n`,
});

/** Answers a request to the admin API: health, resources, calls, listeners and reset. */
export async function answerAdminRequest(
  request: WireRequest,
  { services, store, listenerPorts, calls, forgetCalls }: AdminTarget,
): Promise<WireResponse> {
  switch (`${request.method} ${request.path}`) {
    case "GET /_berth/health":
      return json({ status: "ok", services });
    case "GET /_berth/resources":
      return json(store.contents());
    case "GET /_berth/calls":
      return json(calls);
    case "GET /_berth/listeners":
      return json(listenerPorts?.list() ?? []);
    case "POST /_berth/reset":
      try {
        store.reset();
      } catch (error) {
        if (!(error instanceof StateWriteError)) throw error;
        return json({ error: `${error.message}; nothing was changed` }, 503);
      }
      forgetCalls();
      await listenerPorts?.sync();
      return json({ status: "reset" });
    default:
      return json({ error: `unknown endpoint ${request.method} ${request.path}` }, 404);
  }
}
