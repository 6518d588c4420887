import { type RunPlan, shardsOf } from "../ledger/plan.ts";
import type { Submission } from "../ledger/submissions.ts";
import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import { landClaimed } from "../run/land-claimed.ts";
import type { RunContext } from "../run/run-context.ts";
import { type RunShardsOptions, runShards } from "../run/run-shards.ts";
import type { Submitter } from "./contract.ts";

export interface LocalOptions extends Omit<RunShardsOptions, "land" | "signal"> {
  readonly context: RunContext;
}

/**
 * Lands shards in this process. A process for each would cost a small county more than its extract takes; what isolates shards here is
 * that each has a connection, a snapshot and a claim of its own, and that what one throws ends it alone.
 */
export function localSubmitter({ context, ...options }: LocalOptions): Submitter {
  return {
    engine: "local",
    async submit({ plan, submission, signal }) {
      const land = (shard: Shard) => landClaimed(shard, { ...context, signal });
      await runShards(submittedShards(plan, submission), { ...options, signal, land });
      return { handles: [] };
    },
    // The ledger has been told: at the next heartbeat a process elsewhere loses its claims.
    cancel: async () => {},
    explain: async () => new Map(),
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
