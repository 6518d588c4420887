import type { Holder } from "../ledger/landing.ts";
import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import { finishWhenWhole, type WhenWhole } from "./finish.ts";
import { landClaimed } from "./land-claimed.ts";
import type { Publication } from "./publish-run.ts";
import type { RunContext } from "./run-context.ts";
import { landWhenFree, type ShardEnd } from "./run-shards.ts";

export interface JobEvents {
  begun(shard: Shard): void;
  /** Another process works on the shard: the job waits until it lands it or falls silent. */
  waiting(shard: Shard, holder: Holder): void;
  ended(shard: Shard, end: ShardEnd): void;
}

export interface JobResult {
  readonly ends: readonly { readonly shard: Shard; readonly end: ShardEnd }[];
  /** What became of the run's publication; null while it isn't whole, or nobody wants it published; an error where that could not be told. */
  readonly publication: Publication | BronzeError | null;
  /** For other processes that worked on its shards. */
  readonly waitedMs: number;
}

/**
 * One job of a planned run: lands its shards one after the other. A shard that fails leaves the others alone. There may be no submitter
 * that waits for the run, so the job that lands its last shard publishes it.
 * @throws BronzeError CANCELLED when the signal aborts
 */
export async function runJob(
  shards: readonly Shard[],
  context: RunContext,
  publish: WhenWhole,
  events: JobEvents,
): Promise<JobResult> {
  const ends: { shard: Shard; end: ShardEnd }[] = [];
  let waitedMs = 0;
  const waited = (ms: number): void => {
    waitedMs += ms;
  };
  for (const shard of shards) {
    events.begun(shard);
    const end = await land(shard, context, events, waited);
    ends.push({ shard, end });
    events.ended(shard, end);
  }
  const hasLanded = ends.some(({ end }) => end.outcome === "landed");
  return { ends, waitedMs, publication: hasLanded && publish !== null ? await publishLast(context, publish) : null };
}

async function land(shard: Shard, context: RunContext, events: JobEvents, waited: (ms: number) => void): Promise<ShardEnd> {
  const { actor, signal } = context;
  try {
    const pace = { clock: actor.clock, signal, waited };
    return await landWhenFree(
      () => landClaimed(shard, context),
      pace,
      (holder) => events.waiting(shard, holder),
    );
  } catch (error) {
    if (!(error instanceof BronzeError) || signal.aborted) throw error;
    return { outcome: "failed", error };
  }
}

async function publishLast({ sink, plan, signal }: RunContext, publish: NonNullable<WhenWhole>) {
  try {
    return (await finishWhenWhole(sink, plan, publish))?.publication ?? null;
  } catch (error) {
    if (!(error instanceof BronzeError) || signal.aborted) throw error;
    return error;
  }
}

/** The exit code of a job. Submitters start it again after 1, so it is 2 where that can't help, whatever the failure: see EVALUATE_ON_EXIT. */
export function jobExitCode({ ends, publication }: JobResult): 0 | 1 | 2 {
  const errors = ends.flatMap(({ end }) => (end.outcome === "failed" ? [end.error] : []));
  if (publication instanceof BronzeError) errors.push(publication);
  if (errors.length === 0) return 0;
  return errors.some(({ retryable }) => retryable) ? 1 : 2;
}
