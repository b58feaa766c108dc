import type { Fault, InterceptedCall } from "../../sandbox/index.ts";

/** Milliseconds without a call that changes something, after which a quiet period begins. */
const QUIET_AFTER = 150;

/** Milliseconds within which a client repeats a call that was lost or rejected. */
const RETRY_WITHIN = 3000;

const isRead = (operation: string): boolean => /^(Describe|Get|List|Head|BatchGet)/.test(operation);

/**
 * Finds moments in which Terraform can be interrupted: no call that changes something is in progress. An interrupt
 * cancels the calls that a provider has sent. A resource of a cancelled call exists, but is not in the state. That is not
 * an error of the configuration.
 */
export class QuietPeriod {
  #busyUntil = 0;

  /** @param fault the fault that is injected for the call */
  observeCall({ operation }: Pick<InterceptedCall, "operation">, fault?: Fault): void {
    if (isRead(operation)) return;
    const delay = fault === undefined ? 0 : fault.kind === "delay" ? fault.ms : RETRY_WITHIN;
    this.#busyUntil = Math.max(this.#busyUntil, performance.now() + delay);
  }

  get isNow(): boolean {
    return performance.now() > this.#busyUntil + QUIET_AFTER;
  }
}
