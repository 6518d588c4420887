import pLimit from "p-limit";
import pRetry from "p-retry";
import type { Holder } from "../ledger/landing.ts";
import type { Clock } from "../model/clock.ts";
import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import type { ClaimedOutcome } from "./land-claimed.ts";

export interface RunShardsOptions {
  /** Shards at once. */
  readonly jobs: number;
  /** How often one shard is tried in all, where its error is one that may pass. */
  readonly attempts: number;
  /** Wait before the second attempt; doubles from then on. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** True once nobody waits for the source any more: nothing is begun or tried again then. Default: never. */
  readonly givenUp?: () => boolean;
  readonly land: (shard: Shard) => Promise<ClaimedOutcome>;
  /** How each shard ended; `held` is never the end. */
  readonly settled: (shard: Shard, end: ShardEnd) => void;
  readonly retried: (shard: Shard, attempt: number, error: BronzeError) => void;
}

export type ShardEnd = Exclude<ClaimedOutcome, { outcome: "held" }>;

/**
 * Lands shards, some at once. What fails is told and leaves the others alone; what is never begun isn't told. Those that another process works on are left to the end,
 * and then waited for: they land there, or their claim expires and they land here.
 * @throws BronzeError CANCELLED once all have stopped
 */
export async function runShards(shards: readonly Shard[], options: RunShardsOptions): Promise<void> {
  const limit = pLimit(options.jobs);
  const held: Shard[] = [];
  let cancelled: unknown = null;
  const inTurn = (some: readonly Shard[], land: (shard: Shard) => Promise<ClaimedOutcome>): Promise<unknown> =>
    Promise.all(
      some.map((shard) =>
        limit(async () => {
          if (cancelled !== null || options.givenUp?.()) return;
          try {
            const end = await land(shard);
            if (end.outcome === "held") held.push(shard);
            else options.settled(shard, end);
          } catch (error) {
            if (isCancelled(error, options.signal)) cancelled ??= error;
            else options.settled(shard, { outcome: "failed", error: asBronzeError(error) });
          }
        }),
      ),
    );
  await inTurn(shards, (shard) => landWithRetries(shard, options));
  await inTurn(held.splice(0), (shard) => landWhenFree(() => landWithRetries(shard, options), options));
  if (cancelled === null) return;
  const { aborted, reason } = options.signal;
  throw [aborted ? reason : null, cancelled].find((error) => error instanceof BronzeError) ?? wasCancelled(cancelled);
}

function wasCancelled(cause: unknown): BronzeError {
  return new BronzeError("CANCELLED", "Cancelled before all shards had landed", { cause });
}

/** A held shard is asked for this often, in case its holder lands or fails it. */
const POLL_MS = 2_000;

/** Lands a shard once nobody else works on it: they landed or failed it, or their lease ended. */
export async function landWhenFree(
  land: () => Promise<ClaimedOutcome>,
  { clock, signal, waited }: Pick<RunShardsOptions, "clock" | "signal"> & { readonly waited?: (ms: number) => void },
  waiting: (holder: Holder) => void = () => {},
): Promise<ShardEnd> {
  for (let looks = 0; ; looks++) {
    const outcome = await land();
    if (outcome.outcome !== "held") return outcome;
    if (looks === 0) waiting(outcome.holder);
    const pauseMs = Math.max(100, Math.min(POLL_MS, outcome.freeInMs + 1));
    await clock.sleep(pauseMs, signal);
    waited?.(pauseMs);
  }
}

async function landWithRetries(shard: Shard, options: RunShardsOptions): Promise<ClaimedOutcome> {
  const mayTryAgain = (error: unknown): error is BronzeError => mayPass(error) && !options.givenUp?.();
  let ended: ClaimedOutcome | null = null;
  const once = async (): Promise<ClaimedOutcome> => {
    const end = await options.land(shard);
    if (end.outcome === "failed") throw end.error;
    ended = end;
    return end;
  };
  const retried = pRetry(once, {
    retries: options.attempts - 1,
    minTimeout: options.minDelayMs,
    maxTimeout: options.maxDelayMs,
    randomize: true,
    signal: options.signal,
    shouldRetry: ({ error }) => mayTryAgain(error),
    onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
      if (retriesLeft > 0 && mayTryAgain(error)) options.retried(shard, attemptNumber + 1, error);
    },
  });
  return retried.catch((error: unknown) => {
    // p-retry throws away what was done when the signal fires while it is done: a publication is not cut short, and so has landed.
    if (ended !== null) return ended;
    throw error;
  });
}

function mayPass(error: unknown): error is BronzeError {
  return error instanceof BronzeError && error.retryable && error.code !== "CANCELLED";
}

function isCancelled(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || (error instanceof BronzeError && error.code === "CANCELLED");
}

function asBronzeError(error: unknown): BronzeError {
  if (error instanceof BronzeError) return error;
  return new BronzeError("SHARD_FAILED", error instanceof Error ? error.message : String(error), { cause: error });
}
