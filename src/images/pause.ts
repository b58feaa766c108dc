import { setTimeout as delay } from "node:timers/promises";

/**
 * Waits.
 *
 * @throws the reason of the signal if it is aborted
 */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, { ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
