import { availableParallelism } from "node:os";
import { type RunPlan, shardsOf } from "../ledger/plan.ts";
import type { Submission } from "../ledger/submissions.ts";
import { systemClock } from "../model/clock.ts";
import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import type { RunShardsOptions } from "../run/run-shards.ts";
import type { Submitter } from "../run/submitter.ts";
import type { RunEvents, SubmitAccess } from "./contract.ts";

/** More would have to share the main thread, and the source's connections are worth more than the minutes. */
const MOST_JOBS = 4;

/** A submitter whose jobs have ended when `submit` returns: nothing is left of them to follow, cancel or explain. */
export function submitterHere(name: string, submit: Submitter["submit"]): Submitter {
  return {
    name,
    outlives: false,
    connect: async () => "on this machine",
    checks: () => [],
    inputs: () => [],
    submit,
    progress: async () => ({ waiting: 0, running: 0, succeeded: 0, failed: 0, forgotten: 0 }),
    // The ledger has been told: at its next heartbeat another process that works on the run loses its claims.
    cancel: async () => {},
    explain: async () => new Map(),
    close: () => {},
  };
}

/** How many shards run at once, how often each is tried, and who is told. */
export function pacing(
  { config, options }: SubmitAccess,
  { settled, retried }: RunEvents,
): Omit<RunShardsOptions, "land" | "signal"> {
  const jobs = options.jobs ?? Math.min(MOST_JOBS, availableParallelism());
  const connections = options.parallelism ?? config.read.parallelism;
  return {
    jobs: concurrentShards(jobs, options.maxConnections ?? null, connections),
    attempts: options.attempts ?? 3,
    minDelayMs: config.source.retry.min_delay_ms,
    maxDelayMs: config.source.retry.max_delay_ms,
    clock: systemClock,
    settled,
    retried,
  };
}

/** The shards of a submission, the largest first: begun last, it would run alone at the end. */
export function submittedShards(plan: RunPlan, submission: Submission): Shard[] {
  const submitted = new Set(submission.groups.flatMap(({ jobs }) => jobs.flat()));
  const bytesOf = new Map<string, number>(plan.shards.map(({ id, estimated_bytes }) => [id, estimated_bytes ?? 0]));
  return shardsOf(plan)
    .filter(({ id }) => submitted.has(id))
    .sort((a, b) => bytesOf.get(b.id)! - bytesOf.get(a.id)!);
}

/**
 * How many shards may be read at once with this many connections to the source, of which each takes some; at least one.
 * @throws BronzeError USAGE when one shard takes more than there are
 */
export function concurrentShards(jobs: number, maxConnections: number | null, connectionsPerShard: number): number {
  if (maxConnections === null) return jobs;
  if (connectionsPerShard > maxConnections) {
    throw new BronzeError(
      "USAGE",
      `One shard is read over ${connectionsPerShard} connections, and --max-connections allows ${maxConnections}`,
      { hint: "Lower read.parallelism (--parallelism, PARALLELISM), or raise --max-connections (MAX_CONNECTIONS)." },
    );
  }
  return Math.min(jobs, Math.floor(maxConnections / connectionsPerShard));
}
