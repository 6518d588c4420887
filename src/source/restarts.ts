import pRetry from "p-retry";
import { BronzeError } from "../model/errors.ts";

export interface RestartPolicy {
  /** How often it is tried in all. */
  readonly attempts: number;
  /** Wait before the second attempt; doubles from then on, and is drawn at random between one and two times that. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * True for a server that takes no connection now, and for what ended a read from outside: connection faults, replica conflicts,
 * deadlocks, timeouts of silence (`errors.ts` has the table). The same read from the beginning may succeed; in the middle it can't go
 * on, for its snapshot is lost.
 */
export function restartable(error: unknown): boolean {
  return error instanceof BronzeError && (error.code === "SOURCE_INTERRUPTED" || error.code === "SOURCE_DOWN");
}

/**
 * Runs `attempt` until it succeeds, begins again after {@link restartable} errors with exponential backoff and jitter, a bounded
 * number of times, and throws everything else at once.
 * @throws the last attempt's error; BronzeError CANCELLED when the signal fires while waiting.
 */
export async function withRestarts<T>(
  policy: RestartPolicy,
  attempt: (attemptNumber: number) => Promise<T>,
  onRestart: (error: BronzeError, nextAttempt: number) => void = () => {},
): Promise<T> {
  let succeeded: { readonly result: T } | null = null;
  const once = async (attemptNumber: number): Promise<T> => {
    const result = await attempt(attemptNumber);
    succeeded = { result };
    return result;
  };
  try {
    return await pRetry(once, {
      retries: policy.attempts - 1,
      factor: 2,
      randomize: true,
      minTimeout: policy.minDelayMs,
      maxTimeout: policy.maxDelayMs,
      ...(policy.signal === undefined ? {} : { signal: policy.signal }),
      onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
        if (retriesLeft > 0 && error instanceof BronzeError && restartable(error)) onRestart(error, attemptNumber + 1);
      },
      shouldRetry: ({ error }) => restartable(error),
    });
  } catch (error) {
    // p-retry throws away what was done when the signal fires during the last steps of it.
    if (succeeded !== null) return (succeeded as { readonly result: T }).result;
    if (policy.signal?.aborted && error === policy.signal.reason) {
      throw new BronzeError("CANCELLED", "Cancelled before the next attempt", { cause: error });
    }
    throw error;
  }
}
