import type { Server } from "node:http";
import { defaultCaller } from "../authorization/callers.ts";
import { Context } from "../core/operation.ts";
import type { ServiceListener, ServiceListeners } from "../core/service.ts";
import { StateWriteError } from "../core/state-file.ts";
import { StateLimitError } from "../core/limits.ts";
import type { AccountRegion, Store } from "../core/store.ts";
import type { WireResponse } from "../protocol/wire-types.ts";
import { loadedServices } from "../services/loader.ts";
import type { SandboxSettings } from "../settings.ts";
import type { Warn } from "./hooks.ts";
import { createHttpServer, DROP_CONNECTION, stackOf } from "./http-server.ts";

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

/** A listener that needs a port, with its service. */
interface ExpectedListener {
  readonly accountRegion: AccountRegion;
  readonly listeners: ServiceListeners;
  readonly listener: ServiceListener;
}

/** Opens a local port for each listener of the sandbox. */
export class ListenerPorts {
  readonly #store: Store;
  readonly #settings: SandboxSettings;
  readonly #now: () => Date;
  readonly #openPorts = new Map<string, OpenPort>();
  /** Listeners whose port could not be opened, with the error message. */
  readonly #failedPorts = new Map<string, string>();
  readonly #warn: Warn;
  readonly #onListenerPort: ((listenerPort: ListenerPort) => void) | undefined;
  #syncing: Promise<void> = Promise.resolve();
  #requestCount = 0;
  #hasLostLogs = false;

  constructor(
    store: Store,
    settings: SandboxSettings,
    now: () => Date,
    warn: Warn,
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
   * Opens ports of new listeners and closes ports of deleted ones. The promise is never rejected: the change of the listeners is
   * already stored, so that every error is a warning. The next call that changes something retries.
   */
  sync(): Promise<void> {
    // Runs are serialized: two concurrent runs would open two ports for a listener.
    this.#syncing = this.#syncing
      .then(() => this.#sync())
      .catch((error: unknown) => this.#warn(`cannot update the listener ports: ${stackOf(error)}`));
    return this.#syncing;
  }

  async #sync(): Promise<void> {
    const expectedListeners = this.#expectedListeners();
    for (const [arn, { server }] of this.#openPorts) {
      if (expectedListeners.has(arn)) continue;
      this.#openPorts.delete(arn);
      await end(server);
    }
    for (const [arn, { accountRegion, listeners, listener }] of expectedListeners) {
      if (this.#openPorts.has(arn)) continue;
      const server = createHttpServer((request) => {
        request.resume();
        const context = this.#contextFor(accountRegion);
        const response = this.#withLogs(() =>
          listeners.answer(context, arn, request, () => this.#requestCount++),
        );
        return Promise.resolve(response ?? DROP_CONNECTION);
      });
      const port = await listen(server);
      if (typeof port === "string") {
        if (!this.#failedPorts.has(arn)) this.#warn(`cannot open a port for ${arn}: ${port}`);
        this.#failedPorts.set(arn, port);
        continue;
      }
      this.#failedPorts.delete(arn);
      const url = `http://127.0.0.1:${port}`;
      const { port: awsPort, loadBalancer } = listener;
      const listenerPort = { listenerArn: arn, url, port: awsPort, loadBalancer };
      this.#openPorts.set(arn, { server, listenerPort });
      this.#onListenerPort?.(listenerPort);
    }
  }

  async close(): Promise<void> {
    await this.#syncing;
    await Promise.all([...this.#openPorts.values()].map(({ server }) => end(server)));
    this.#openPorts.clear();
  }

  /**
   * Answers a request and stores what programs log about it. A program answers even if its log events cannot be stored.
   */
  #withLogs(answer: () => WireResponse | undefined): WireResponse | undefined {
    try {
      return this.#store.transact(answer).result;
    } catch (error) {
      if (!(error instanceof StateWriteError || error instanceof StateLimitError)) throw error;
      if (!this.#hasLostLogs) this.#warn(`log events of programs are lost: ${error.message}`);
      this.#hasLostLogs = true;
      return this.#store.dryRun(answer);
    }
  }

  #contextFor(accountRegion: AccountRegion): Context {
    const caller = defaultCaller(accountRegion.account, accountRegion.region);
    return new Context(this.#store, accountRegion, this.#now(), caller, this.#settings);
  }

  /** The listeners of all services, accounts and regions, by ARN. */
  #expectedListeners(): Map<string, ExpectedListener> {
    const expected = new Map<string, ExpectedListener>();
    for (const { listeners } of loadedServices()) {
      if (listeners === undefined) continue;
      for (const accountRegion of this.#store.accountRegionsOf(listeners.table))
        for (const listener of listeners.list(this.#contextFor(accountRegion)))
          expected.set(listener.arn, { accountRegion, listeners, listener });
    }
    return expected;
  }
}

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
