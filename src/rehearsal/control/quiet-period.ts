import type { Fault, InterceptedCall } from "../../sandbox/fault-injection.ts";

/** Milliseconds without a call that changes something, after which there is a lull. */
const QUIET = 150;

/** Milliseconds in which a client comes again with a call that was lost or refused. */
const AGAIN = 3000;

const isRead = (operation: string): boolean => /^(Describe|Get|List|Head|BatchGet)/.test(operation);

/**
 * Finds moments at which no call that changes something is under way. An interrupt cancels what a provider has sent,
 * and what AWS has made for a cancelled call is in no state: that is no fault of who wrote the configuration.
 */
export class QuietPeriod {
  #busyUntil = 0;

  see({ operation }: Pick<InterceptedCall, "operation">, fault?: Fault): void {
    if (isRead(operation)) return;
    const more = fault === undefined ? 0 : fault.kind === "delay" ? fault.ms : AGAIN;
    this.#busyUntil = Math.max(this.#busyUntil, performance.now() + more);
  }

  get isNow(): boolean {
    return performance.now() > this.#busyUntil + QUIET;
  }
}
