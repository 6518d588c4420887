import type { ExtractRequest, RunExtract, ShardOutcome } from "../extract/contract.ts";
import { type ExtractJob, makeJob } from "../extract/job.ts";
import { landShard } from "../extract/land-shard.ts";
import { openJobSource, type SourceAccess, shardQuery, sourceAccess } from "../extract/shard-source.ts";
import { plannedColumns } from "../extract/table-plan/planned-columns.ts";
import { planTable } from "../extract/table-plan/table-plan.ts";
import { digest, runId } from "../ledger/run-id.ts";
import { BronzeError } from "../model/errors.ts";
import type { RunId } from "../model/ids.ts";
import type { Shard } from "../model/shard.ts";
import { planCountySharded } from "../patterns/county-sharded.ts";
import { planTableOnly } from "../patterns/single-table.ts";
import type { ShardPlan } from "../plan/contract.ts";
import { normalSelection } from "../plan/select.ts";
import { openSink } from "../sink/open.ts";
import { sinkOptions } from "./sink-options.ts";

export const runExtract: RunExtract = async (request, events) => {
  const { target } = sourceAccess(request);
  const sink = await openSink(request.sinkUrl, { ...sinkOptions(request.config.sink), env: request.env });
  try {
    const job = makeJob(request, { run: request.run ?? nameRun(request, sink.url), target, sink, events });
    const plan = await planShardsOf(request, job);
    events.planned(plan);
    const shards = request.dryRun ? await describeShards(plan.shards, job) : await landShards(plan.shards, job);
    return { run: job.run, sink: sink.url, shards, rejected: plan.rejected };
  } finally {
    await sink.close();
  }
};

/** The shards that a request asks for. @throws BronzeError SHARD_UNKNOWN when it asks for what the lookup doesn't have */
export function planShardsOf(request: ExtractRequest, job: SourceAccess): Promise<ShardPlan> {
  const plan = request.config.extract_pattern === "county_sharded" ? planCountySharded : planTableOnly;
  return plan(request, job);
}

/** One after the other, each on a connection of its own. A shard that fails leaves the others alone; a cancelled one ends them all. */
async function landShards(shards: readonly Shard[], job: ExtractJob): Promise<ShardOutcome[]> {
  const outcomes: ShardOutcome[] = [];
  for (const shard of shards) {
    try {
      const manifest = await landShard(shard, job);
      job.events.shardLanded({ shard, manifest });
      outcomes.push({ outcome: "landed", shard, manifest });
    } catch (error) {
      if (!(error instanceof BronzeError) || error.code === "CANCELLED" || job.signal.aborted) throw error;
      job.events.shardFailed({ shard, error });
      outcomes.push({ outcome: "failed", shard, error });
    }
  }
  return outcomes;
}

/** What would land, on one connection; nothing is read but the catalog, and nothing is written. */
async function describeShards(shards: readonly Shard[], job: ExtractJob): Promise<ShardOutcome[]> {
  const source = await openJobSource("dry-run", job);
  try {
    const outcomes: ShardOutcome[] = [];
    for (const shard of shards) {
      try {
        const query = shardQuery(shard);
        if (job.parallelism > 1) await source.heapTable(query);
        const table = planTable(query, await source.describe(query), job.config, job.profile);
        for (const message of table.warnings) job.events.warning({ shard, message });
        outcomes.push({ outcome: "planned", shard, url: job.sink.locate(shard.key), columns: plannedColumns(table) });
      } catch (error) {
        if (!(error instanceof BronzeError) || error.code === "CANCELLED") throw error;
        const located = error.within({ shard: shard.id });
        job.events.shardFailed({ shard, error: located });
        outcomes.push({ outcome: "failed", shard, error: located });
      }
    }
    return outcomes;
  } finally {
    await source.close();
  }
}

/** The same request on the same day is the same run: its shards are landed anew, in place of what it landed before. */
function nameRun({ config, selection, snapshotDt }: ExtractRequest, sinkUrl: string): RunId {
  const identity = { selection: normalSelection(selection), sinceRefresh: false, configDigest: digest(config) };
  return runId({ object: config.object, snapshotDt, sinkUrl, ...identity });
}
