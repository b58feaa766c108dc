import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { defaultCaller } from "./access/callers.ts";
import type { Laws } from "./laws.ts";
import { Context } from "./service.ts";
import { listeners, loadBalancers } from "./services/elasticloadbalancing/rows.ts";
import { send } from "./services/elasticloadbalancing/traffic.ts";
import { networkInterfaces } from "./services/ec2/rows.ts";
import type { Place, World } from "./store.ts";

/** A listener's port on this machine. */
export interface Door {
  readonly listenerArn: string;
  readonly url: string;
  /** The listener's own port. */
  readonly port: number;
  readonly loadBalancer: string;
}

interface Open {
  readonly door: Door;
  readonly server: Server;
}

/** An address of the block that documentation uses (RFC 5737): somebody on the internet. */
const SOMEBODY = "203.0.113.10";

/** The ports of this machine behind which the listeners of a world stand. */
export class Doors {
  readonly #world: World;
  readonly #laws: Laws;
  readonly #now: () => Date;
  readonly #open = new Map<string, Open>();
  readonly #onDoor: ((door: Door) => void) | undefined;
  #turn = 0;

  constructor(world: World, laws: Laws, now: () => Date, onDoor?: (door: Door) => void) {
    this.#world = world;
    this.#laws = laws;
    this.#now = now;
    this.#onDoor = onDoor;
  }

  list(): Door[] {
    return [...this.#open.values()].map(({ door }) => door);
  }

  /** Opens what is new and closes what is gone. */
  async sync(): Promise<void> {
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
      const server = createServer((request, response) => {
        this.#answer(place, arn, request, response);
      });
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(0, "127.0.0.1", resolve);
      });
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const loadBalancer =
        this.#look(place).in(loadBalancers).get(row.loadBalancerArn)?.dnsName ?? "";
      const url = `http://127.0.0.1:${port}`;
      const door = { listenerArn: arn, url, port: row.port, loadBalancer };
      this.#open.set(arn, { server, door });
      this.#onDoor?.(door);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ server }) => end(server)));
    this.#open.clear();
  }

  #look(place: Place): Context {
    const caller = defaultCaller(place.account, place.region);
    return new Context(this.#world, place, this.#now(), caller, this.#laws);
  }

  #answer(place: Place, arn: string, request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const context = this.#look(place);
    const row = context.in(listeners).get(arn);
    const balancer = row && context.in(loadBalancers).get(row.loadBalancerArn);
    if (!row || !balancer) {
      request.socket.destroy();
      return;
    }
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    // Whoever asks an internal load balancer stands where it stands.
    const inside = context.in(networkInterfaces).find((face) => face.owner === balancer.arn);
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
    if (answer.kind === "answered") {
      response.writeHead(answer.status, answer.headers).end(answer.body);
      return;
    }
    // On AWS the client would wait in vain. Here it is told what lost the packet.
    const { stopped, hops } = answer.journey;
    response
      .writeHead(504, { "content-type": "application/json", "x-berth-lost": stopped?.at ?? "" })
      .end(`${JSON.stringify({ error: "the request is lost on its way", stopped, hops })}\n`);
  }
}

function end(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
