import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../deployment/index.ts";
import type { Sandbox } from "../../sandbox/index.ts";
import type { RequestMonitor } from "../probes/request-monitor.ts";

/** The longest time, in milliseconds, after which a listener sees what has changed. */
const STEP_MS = 1000;

/**
 * The clock of the sandbox. It runs like the clock of this machine, and a wait advances it instead of waiting: a deployment of some
 * minutes takes some seconds.
 */
export class SimulatedClock implements Clock {
  #offset = 0;
  readonly #onStep = new Set<() => void>();

  now(): number {
    return Date.now() + this.#offset;
  }

  /** Calls a listener after each second of a wait. Returns a function that ends this. */
  onStep(listener: () => void): () => void {
    this.#onStep.add(listener);
    return () => void this.#onStep.delete(listener);
  }

  /** Lets time pass at once, such as between two deployments. */
  advance(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    for (let rest = milliseconds; rest > 0; rest -= STEP_MS) {
      signal?.throwIfAborted();
      this.#offset += Math.min(rest, STEP_MS);
      for (const listener of this.#onStep) listener();
      // Signals and requests to the sandbox are handled meanwhile.
      await setImmediate();
    }
    signal?.throwIfAborted();
  }
}

/**
 * Waits for ECS: what AWS does takes as long as on AWS, by the clock of the sandbox, and a request is sent to each route in each second.
 *
 * @param run a sandbox that has the clock, and whose pace is `instant`
 */
export async function withSimulatedTime<Result>(
  {
    sandbox,
    clock,
    requestMonitor,
  }: {
    readonly sandbox: Sandbox;
    readonly clock: SimulatedClock;
    readonly requestMonitor: RequestMonitor | undefined;
  },
  wait: () => Promise<Result>,
): Promise<Result> {
  sandbox.pace = "real";
  const stop = clock.onStep(() => {
    sandbox.runBackgroundWork();
    requestMonitor?.send(clock.now());
  });
  try {
    return await wait();
  } finally {
    stop();
    sandbox.pace = "instant";
  }
}
