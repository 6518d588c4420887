import pRetry from "p-retry";
import { BronzeError } from "../model/errors.ts";

export interface RestartPolicy {
  /** How often it is tried in all. */
  readonly attempts: number;
  /** Wait before the second attempt; doubles from then on, and is drawn at random between one and two times that. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly signal?: AbortSignal | undefined;
  /** A try that finds the source away is no try: it waits, and begins again. Without one, such a try counts as any other. */
  readonly watch?: SourceWatch | undefined;
}

/** Who knows whether the source is away. */
export interface SourceWatch {
  /** Waits while the source is known to be away. @throws {@link givenUp}, or the signal's reason */
  pass(signal: AbortSignal | undefined): Promise<void>;
  /**
   * Looks whether the source is away, and waits until it is back.
   * @returns false where it was there all the while
   * @throws {@link givenUp}, or the signal's reason
   */
  waitOut(signal: AbortSignal | undefined): Promise<boolean>;
  /** All outages together. */
  readonly waitedMs: number;
  /** Set once the source was away for too long: nobody waits for it any more. */
  readonly givenUp: BronzeError | null;
}

/**
 * True for a server that takes no connection now, and for what ended a read from outside: connection faults, replica conflicts,
 * deadlocks, timeouts of silence (`errors.ts` has the table). The same read from the beginning may succeed; in the middle it can't go
 * on, for its snapshot is lost.
 */
export function restartable(error: unknown): boolean {
  return error instanceof BronzeError && (error.code === "SOURCE_INTERRUPTED" || isDown(error));
}

/** The source took no connection, so nothing of the work was begun. */
function isDown(error: unknown): boolean {
  return error instanceof BronzeError && error.code === "SOURCE_DOWN";
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
  const { watch, signal } = policy;
  let succeeded: { readonly result: T } | null = null;
  const once = async (attemptNumber: number): Promise<T> => {
    for (;;) {
      await watch?.pass(signal);
      try {
        const result = await attempt(attemptNumber);
        succeeded = { result };
        return result;
      } catch (error) {
        if (watch === undefined || !isDown(error) || !(await watch.waitOut(signal))) throw error;
      }
    }
  };
  const mayRestart = (error: unknown): boolean => restartable(error) && error !== (watch?.givenUp ?? null);
  try {
    return await pRetry(once, {
      retries: policy.attempts - 1,
      factor: 2,
      randomize: true,
      minTimeout: policy.minDelayMs,
      maxTimeout: policy.maxDelayMs,
      ...(signal === undefined ? {} : { signal }),
      onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
        if (retriesLeft > 0 && error instanceof BronzeError && mayRestart(error)) onRestart(error, attemptNumber + 1);
      },
      shouldRetry: ({ error }) => mayRestart(error),
    });
  } catch (error) {
    // p-retry throws away what was done when the signal fires during the last steps of it.
    if (succeeded !== null) return (succeeded as { readonly result: T }).result;
    if (signal?.aborted && error === signal.reason) {
      throw new BronzeError("CANCELLED", "Cancelled before the next attempt", { cause: error });
    }
    throw error;
  }
}
