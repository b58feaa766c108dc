import type { IncomingMessage, Server } from "node:http";
import { matches } from "../../iam/index.ts";
import { defaultCaller } from "../authorization/callers.ts";
import { DROP_CONNECTION, createHttpServer, isForProxy } from "./http-server.ts";
import type { SandboxSettings } from "../settings.ts";
import { hopToJson } from "../network/trace.ts";
import { rejectionOfNonLocalRequest } from "./local-requests.ts";
import type { WireResponse } from "../protocol/wire-types.ts";
import { Context } from "../core/operation.ts";
import {
  type Listener,
  listeners,
  type LoadBalancer,
  loadBalancers,
} from "../services/elasticloadbalancing/tables.ts";
import { hostPatternsOf } from "../services/elasticloadbalancing/rules.ts";
import { sendRequest } from "../services/elasticloadbalancing/traffic.ts";
import { networkInterfaces } from "../services/ec2/tables.ts";
import { hostedZones, recordNamesForHost } from "../services/route53/tables.ts";
import type { AccountRegion, Store } from "../core/store.ts";

/** The local port of a listener of a load balancer. */
export interface ListenerPort {
  readonly listenerArn: string;
  readonly url: string;
  /** Port of the listener on AWS. */
  readonly port: number;
  readonly loadBalancer: string;
}

interface OpenPort {
  readonly listenerPort: ListenerPort;
  readonly server: Server;
}

/** Source address of clients on the internet: an address reserved for documentation (RFC 5737). */
const INTERNET_CLIENT_ADDRESS = "203.0.113.10";

/** Opens a local port for each listener of the sandbox. */
export class ListenerPorts {
  readonly #store: Store;
  readonly #settings: SandboxSettings;
  readonly #now: () => Date;
  readonly #openPorts = new Map<string, OpenPort>();
  /** Listeners whose port could not be opened, with the error message. */
  readonly #failedPorts = new Map<string, string>();
  readonly #warn: (message: string) => void;
  readonly #onListenerPort: ((listenerPort: ListenerPort) => void) | undefined;
  #syncing: Promise<void> = Promise.resolve();
  #requestCount = 0;

  constructor(
    store: Store,
    settings: SandboxSettings,
    now: () => Date,
    warn: (message: string) => void,
    onListenerPort?: (listenerPort: ListenerPort) => void,
  ) {
    this.#store = store;
    this.#settings = settings;
    this.#now = now;
    this.#warn = warn;
    this.#onListenerPort = onListenerPort;
  }

  list(): ListenerPort[] {
    return [...this.#openPorts.values()].map(({ listenerPort }) => listenerPort);
  }

  /**
   * Opens ports of new listeners and closes ports of deleted ones. If a port cannot be opened, a warning is reported,
   * because the listener exists nevertheless. The next call that changes something retries.
   */
  sync(): Promise<void> {
    // Runs are serialized: two concurrent runs would open two ports for a listener.
    this.#syncing = this.#syncing.then(() => this.#sync());
    return this.#syncing;
  }

  async #sync(): Promise<void> {
    const expectedListeners = new Map(
      this.#store.accountRegionsOf(listeners).flatMap((accountRegion) =>
        this.#contextFor(accountRegion)
          .in(listeners)
          .all()
          .map((row) => [row.arn, { accountRegion, row }] as const),
      ),
    );
    for (const [arn, { server }] of this.#openPorts) {
      if (expectedListeners.has(arn)) continue;
      this.#openPorts.delete(arn);
      await end(server);
    }
    for (const [arn, { accountRegion, row }] of expectedListeners) {
      if (this.#openPorts.has(arn)) continue;
      const server = createHttpServer((request) =>
        Promise.resolve(this.#answer(accountRegion, arn, request)),
      );
      const port = await listen(server);
      if (typeof port === "string") {
        if (!this.#failedPorts.has(arn)) this.#warn(`cannot open a port for ${arn}: ${port}`);
        this.#failedPorts.set(arn, port);
        continue;
      }
      this.#failedPorts.delete(arn);
      const loadBalancer =
        this.#contextFor(accountRegion).in(loadBalancers).get(row.loadBalancerArn)?.dnsName ?? "";
      const url = `http://127.0.0.1:${port}`;
      const listenerPort = { listenerArn: arn, url, port: row.port, loadBalancer };
      this.#openPorts.set(arn, { server, listenerPort });
      this.#onListenerPort?.(listenerPort);
    }
  }

  async close(): Promise<void> {
    await this.#syncing;
    await Promise.all([...this.#openPorts.values()].map(({ server }) => end(server)));
    this.#openPorts.clear();
  }

  #contextFor(accountRegion: AccountRegion): Context {
    const caller = defaultCaller(accountRegion.account, accountRegion.region);
    return new Context(this.#store, accountRegion, this.#now(), caller, this.#settings);
  }

  /**
   * Host names, in addition to local ones, that clients may use for a listener: DNS names of its load balancer and host
   * patterns of its rules.
   */
  #hostNamesOf(
    context: Context,
    listener: Listener,
    loadBalancer: LoadBalancer,
  ): readonly string[] {
    const records = this.#store
      .accountRegionsOf(hostedZones)
      .flatMap((accountRegion) => this.#contextFor(accountRegion).in(hostedZones).all())
      .flatMap((zone) => recordNamesForHost(zone, loadBalancer.dnsName));
    return [
      loadBalancer.dnsName.toLowerCase(),
      ...records,
      ...hostPatternsOf(context, listener.arn),
    ];
  }

  #answer(
    accountRegion: AccountRegion,
    arn: string,
    request: IncomingMessage,
  ): WireResponse | typeof DROP_CONNECTION {
    request.resume();
    const context = this.#contextFor(accountRegion);
    const row = context.in(listeners).get(arn);
    const loadBalancer = row && context.in(loadBalancers).get(row.loadBalancerArn);
    if (!row || !loadBalancer) return DROP_CONNECTION;
    if (isForProxy(request)) return errorResponse(400, "the load balancer is not a proxy");
    const rejection = rejectionOfNonLocalRequest(request.headers, {
      acceptsHost: (host) =>
        this.#hostNamesOf(context, row, loadBalancer).some((pattern) => matches(pattern, host)),
      acceptsSameOrigin: true,
    });
    if (rejection !== undefined) return errorResponse(403, rejection);
    const url = new URL(`http://127.0.0.1${request.url ?? "/"}`);
    // A request to an internal load balancer comes from the network interface of the load balancer.
    const loadBalancerInterface = context
      .in(networkInterfaces)
      .find((networkInterface) => networkInterface.owner === loadBalancer.arn);
    const answer = sendRequest(context, row, {
      method: request.method ?? "GET",
      host: request.headers.host ?? loadBalancer.dnsName,
      path: url.pathname,
      query: url.search.replace(/^\?/, ""),
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      from:
        loadBalancer.scheme === "internal" && loadBalancerInterface
          ? loadBalancerInterface
          : INTERNET_CLIENT_ADDRESS,
      requestNumber: this.#requestCount++,
    });
    if (answer.kind === "answered") return answer;
    // On AWS the connection would time out. The sandbox returns the trace of the packet.
    const hops = answer.trace.hops.map(hopToJson);
    const stopped = answer.trace.stopped && hopToJson(answer.trace.stopped);
    return {
      ...errorResponse(504, "connection timed out: the packet or its response was dropped", {
        stopped,
        hops,
      }),
      headers: { "content-type": "application/json", "x-berth-lost": stopped?.at ?? "" },
    };
  }
}

const errorResponse = (status: number, error: string, more: object = {}): WireResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body: `${JSON.stringify({ error, ...more })}\n`,
});

/** Returns the port of a server, or the error message if it cannot listen. */
function listen(server: Server): Promise<number | string> {
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(error.message));
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(
        typeof address === "object" && address !== null ? address.port : "the server has no port",
      );
    });
  });
}

function end(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
