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
 * True for connection faults and replica conflicts: SQLSTATE class 08, 40001, 57P01–57P03, a conflict with recovery, a socket
 * that broke. The same read from the beginning may succeed; in the middle it can't go on, for its snapshot is lost.
 */
export function restartable(error: unknown): boolean {
  return error instanceof BronzeError && error.code === "SOURCE_INTERRUPTED";
}

/**
 * Runs `attempt` until it succeeds, begins again after {@link restartable} errors with exponential backoff and jitter, a bounded
 * number of times, and throws everything else at once. A server that was there and now refuses connections restarts too.
 * @throws the last attempt's error; BronzeError CANCELLED when the signal fires while waiting.
 */
export async function withRestarts<T>(
  policy: RestartPolicy,
  attempt: (attemptNumber: number) => Promise<T>,
  onRestart: (error: BronzeError, nextAttempt: number) => void = () => {},
): Promise<T> {
  const again = (error: unknown, attemptNumber: number): error is BronzeError =>
    restartable(error) ||
    (attemptNumber > 1 && error instanceof BronzeError && error.code === "SOURCE_UNREACHABLE" && error.retryable);
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
        if (retriesLeft > 0 && again(error, attemptNumber)) onRestart(error, attemptNumber + 1);
      },
      shouldRetry: ({ error, attemptNumber }) => again(error, attemptNumber),
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
