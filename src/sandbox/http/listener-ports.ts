import type { IncomingMessage, Server } from "node:http";
import { matches } from "../../iam/match.ts";
import { defaultCaller } from "../authorization/callers.ts";
import { CUT, createHttpServer, isForProxy } from "./http-server.ts";
import type { SandboxSettings } from "../settings.ts";
import { shownHop } from "../network/trace.ts";
import { whyNotLocal } from "./local-requests.ts";
import type { WireResponse } from "../protocol/wire-types.ts";
import { Context } from "../core/operation.ts";
import {
  type Listener,
  listeners,
  type LoadBalancer,
  loadBalancers,
} from "../services/elasticloadbalancing/tables.ts";
import { hostPatternsOf } from "../services/elasticloadbalancing/rules.ts";
import { send } from "../services/elasticloadbalancing/traffic.ts";
import { networkInterfaces } from "../services/ec2/tables.ts";
import { hostedZones, namesLeadingTo } from "../services/route53/tables.ts";
import type { AccountRegion, Store } from "../core/store.ts";

/** A listener's port on this machine. */
export interface ListenerPort {
  readonly listenerArn: string;
  readonly url: string;
  /** The listener's own port. */
  readonly port: number;
  readonly loadBalancer: string;
}

interface Open {
  readonly door: ListenerPort;
  readonly server: Server;
}

/** An address of the block that documentation uses (RFC 5737): somebody on the internet. */
const SOMEBODY = "203.0.113.10";

/** The ports of this machine behind which the listeners of a world stand. */
export class ListenerPorts {
  readonly #world: Store;
  readonly #laws: SandboxSettings;
  readonly #now: () => Date;
  readonly #open = new Map<string, Open>();
  /** Listeners whose port could not be opened, and why. */
  readonly #closed = new Map<string, string>();
  readonly #warn: (message: string) => void;
  readonly #onDoor: ((door: ListenerPort) => void) | undefined;
  #syncing: Promise<void> = Promise.resolve();
  #turn = 0;

  constructor(
    world: Store,
    laws: SandboxSettings,
    now: () => Date,
    warn: (message: string) => void,
    onDoor?: (door: ListenerPort) => void,
  ) {
    this.#world = world;
    this.#laws = laws;
    this.#now = now;
    this.#warn = warn;
    this.#onDoor = onDoor;
  }

  list(): ListenerPort[] {
    return [...this.#open.values()].map(({ door }) => door);
  }

  /**
   * Opens what is new and closes what is gone. A port that cannot be opened is a warning, since the listener is there
   * all the same; the next call that changes something tries again.
   */
  sync(): Promise<void> {
    // One after the other: two at a time would open two ports for one listener.
    this.#syncing = this.#syncing.then(() => this.#sync());
    return this.#syncing;
  }

  async #sync(): Promise<void> {
    const wanted = new Map(
      this.#world.placesOf(listeners).flatMap((place) =>
        this.#look(place)
          .in(listeners)
          .all()
          .map((row) => [row.arn, { place, row }] as const),
      ),
    );
    for (const [arn, { server }] of this.#open) {
      if (wanted.has(arn)) continue;
      this.#open.delete(arn);
      await end(server);
    }
    for (const [arn, { place, row }] of wanted) {
      if (this.#open.has(arn)) continue;
      const server = createHttpServer((request) =>
        Promise.resolve(this.#answer(place, arn, request)),
      );
      const port = await listen(server);
      if (typeof port === "string") {
        if (!this.#closed.has(arn)) this.#warn(`no port could be opened for ${arn}: ${port}`);
        this.#closed.set(arn, port);
        continue;
      }
      this.#closed.delete(arn);
      const loadBalancer =
        this.#look(place).in(loadBalancers).get(row.loadBalancerArn)?.dnsName ?? "";
      const url = `http://127.0.0.1:${port}`;
      const door = { listenerArn: arn, url, port: row.port, loadBalancer };
      this.#open.set(arn, { server, door });
      this.#onDoor?.(door);
    }
  }

  async close(): Promise<void> {
    await this.#syncing;
    await Promise.all([...this.#open.values()].map(({ server }) => end(server)));
    this.#open.clear();
  }

  #look(place: AccountRegion): Context {
    const caller = defaultCaller(place.account, place.region);
    return new Context(this.#world, place, this.#now(), caller, this.#laws);
  }

  /** The names by which clients may call a listener, beside names of this machine: those that lead to its load balancer. */
  #namesOf(context: Context, listener: Listener, balancer: LoadBalancer): readonly string[] {
    const records = this.#world
      .placesOf(hostedZones)
      .flatMap((place) => this.#look(place).in(hostedZones).all())
      .flatMap((zone) => namesLeadingTo(zone, balancer.dnsName));
    return [balancer.dnsName.toLowerCase(), ...records, ...hostPatternsOf(context, listener.arn)];
  }

  #answer(place: AccountRegion, arn: string, request: IncomingMessage): WireResponse | typeof CUT {
    request.resume();
    const context = this.#look(place);
    const row = context.in(listeners).get(arn);
    const balancer = row && context.in(loadBalancers).get(row.loadBalancerArn);
    if (!row || !balancer) return CUT;
    if (isForProxy(request)) return problem(400, "the load balancer is not a proxy");
    const why = whyNotLocal(request.headers, {
      isOwnName: (host) =>
        this.#namesOf(context, row, balancer).some((pattern) => matches(pattern, host)),
      ownOrigin: true,
    });
    if (why !== undefined) return problem(403, why);
    const url = new URL(`http://127.0.0.1${request.url ?? "/"}`);
    // Whoever asks an internal load balancer stands where it stands.
    const inside = context
      .in(networkInterfaces)
      .find((networkInterface) => networkInterface.owner === balancer.arn);
    const answer = send(context, row, {
      method: request.method ?? "GET",
      host: request.headers.host ?? balancer.dnsName,
      path: url.pathname,
      query: url.search.replace(/^\?/, ""),
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      from: balancer.scheme === "internal" && inside ? inside : SOMEBODY,
      turn: this.#turn++,
    });
    if (answer.kind === "answered") return answer;
    // On AWS the client would wait in vain. Here it is told what lost the packet.
    const hops = answer.journey.hops.map(shownHop);
    const stopped = answer.journey.stopped && shownHop(answer.journey.stopped);
    return {
      ...problem(504, "the request is lost on its way", { stopped, hops }),
      headers: { "content-type": "application/json", "x-berth-lost": stopped?.at ?? "" },
    };
  }
}

const problem = (status: number, error: string, more: object = {}): WireResponse => ({
  status,
  headers: { "content-type": "application/json" },
  body: `${JSON.stringify({ error, ...more })}\n`,
});

/** The port that a server has taken, or why it could not take one. */
function listen(server: Server): Promise<number | string> {
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(error.message));
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : "it has no port");
    });
  });
}

function end(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
