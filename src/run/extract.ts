import { randomUUID } from "node:crypto";
import type { ExtractRequest, RunExtract, ShardOutcome } from "../extract/contract.ts";
import { describeShard } from "../extract/describe-shard.ts";
import { landShard } from "../extract/land-shard.ts";
import { landingOptions } from "../extract/options.ts";
import { openJobSource, type SourceAccess, sourceAccess, withLookup } from "../extract/shard-source.ts";
import { digest, runId } from "../ledger/run-id.ts";
import { BronzeError } from "../model/errors.ts";
import type { RunId } from "../model/ids.ts";
import type { Shard } from "../model/shard.ts";
import { patternOf } from "../patterns/index.ts";
import type { ShardPlan } from "../plan/contract.ts";
import { normalSelection } from "../plan/select.ts";
import { openSink } from "../sink/open.ts";
import type { RunJob } from "./run-job.ts";
import { sinkOptions } from "./sink-options.ts";

export const runExtract: RunExtract = async (request, events) => {
  const access = sourceAccess(request);
  const sink = await openSink(request.sinkUrl, { ...sinkOptions(request.config.sink), env: request.env });
  try {
    const options = landingOptions(request.config, request.overrides);
    const run = request.run ?? nameRun(request, sink.url);
    const session = { target: access.target, sink, events };
    const plan = await planShardsOf(request, access);
    events.planned(plan);
    const job = { run, options, session, signal: request.signal };
    const shards = request.dryRun ? await describeShards(plan.shards, job, access) : await landShards(plan.shards, job);
    return { run, sink: sink.url, shards, rejected: plan.rejected };
  } finally {
    await sink.close();
  }
};

/** The shards that a request asks for. @throws BronzeError SHARD_UNKNOWN when it asks for what the lookup doesn't have */
export function planShardsOf({ config, selection, snapshotDt }: ExtractRequest, access: SourceAccess): Promise<ShardPlan> {
  return withLookup("plan", access, (lookup) => patternOf(config).plan({ config, selection, snapshotDt, lookup }));
}

/** One after the other, each on a connection of its own. A shard that fails leaves the others alone; a cancelled one ends them all. */
async function landShards(shards: readonly Shard[], { run, options, session, signal }: RunJob): Promise<ShardOutcome[]> {
  const outcomes: ShardOutcome[] = [];
  for (const shard of shards) {
    try {
      const manifest = await landShard(shard, run, options, session, { number: 1, token: randomUUID(), signal });
      session.events.shardLanded({ shard, manifest });
      outcomes.push({ outcome: "landed", shard, manifest });
    } catch (error) {
      if (!(error instanceof BronzeError) || error.code === "CANCELLED" || signal.aborted) throw error;
      session.events.shardFailed({ shard, error });
      outcomes.push({ outcome: "failed", shard, error });
    }
  }
  return outcomes;
}

/** What would land, on one connection; nothing is read but the catalog, and nothing is written. */
async function describeShards(
  shards: readonly Shard[],
  { options, session: { sink, events } }: RunJob,
  access: SourceAccess,
): Promise<ShardOutcome[]> {
  const source = await openJobSource("dry-run", access);
  try {
    const outcomes: ShardOutcome[] = [];
    for (const shard of shards) {
      try {
        const { table, columns } = await describeShard(source, shard, options);
        for (const message of table.warnings) events.warning({ shard, message });
        outcomes.push({ outcome: "planned", shard, url: sink.locate(shard.key), columns });
      } catch (error) {
        if (!(error instanceof BronzeError) || error.code === "CANCELLED") throw error;
        const located = error.within({ shard: shard.id });
        events.shardFailed({ shard, error: located });
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
