import { UserError } from "../shared/index.ts";
import { interruptedError } from "./terraform.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs an action that only observes AWS. A signal to this process ends the action; nothing in AWS is stopped.
 *
 * @param action its promise must be rejected with the reason of the signal
 * @throws UserError BERTH-E3004 if this process received a signal to stop
 */
export async function interruptible<Result>(
  action: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const abort = (): void => controller.abort(interruptedError());
  for (const signal of SIGNALS) process.once(signal, abort);
  try {
    return await action(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, abort);
  }
}

/** The error of an operation whose signal was aborted, BERTH-E3004; other errors unchanged. */
export const interruptionOf = (error: unknown, signal: AbortSignal | undefined): unknown =>
  signal?.aborted === true && error === signal.reason
    ? new UserError("BERTH-E3004", "interrupted", { exitCode: 130 })
    : error;
