import { AwsCallError } from "../aws-client/index.ts";
import type { Clock } from "./clock.ts";

/** First and longest wait after a rejected call, in milliseconds. The wait doubles after each failure. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 20_000;

/** Time for which a deployment that is only observed is retried without a response, in milliseconds. */
const GIVE_UP_MS = 10 * 60 * 1000;

/** Options of {@link retried}. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Receives each error that is retried. */
  readonly onRetry?: ((error: Error) => void) | undefined;
}

/**
 * Repeats a call that reads, or whose repetition has no further effect: a deployment continues in AWS while its observer is
 * throttled or has no connection. The client has already retried each call for some seconds.
 *
 * @throws the error of the call if it is not retryable, or if there is no response for ten minutes; the reason of the signal
 */
export async function retried<Result>(
  call: () => Promise<Result>,
  { clock, signal, onRetry }: RetryOptions,
): Promise<Result> {
  const end = clock.now() + GIVE_UP_MS;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      return await call();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof AwsCallError) || !error.isRetryable || clock.now() + wait > end)
        throw error;
      onRetry?.(error);
    }
    await clock.sleep(wait, signal);
  }
}
