import { randomUUID } from "node:crypto";
import { RegistryEntrySchema } from "../config/registry.ts";
import type { ExtractEvents, ExtractRequest, ExtractResult, ShardOutcome } from "../extract/contract.ts";
import { type RunPlan, shardsOf } from "../ledger/plan.ts";
import { BronzeError, type ErrorCode } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import { openSink } from "../sink/open.ts";
import type { Sink } from "../sink/sink.ts";
import { finishRun } from "./finish.ts";
import { landClaimed } from "./land-claimed.ts";
import { makeRunPlan } from "./plan-run.ts";
import { runContext } from "./run-context.ts";
import { runShards, type ShardEnd } from "./run-shards.ts";
import { sinkOptions } from "./sink-options.ts";

/**
 * Plans a run and lands its shards here, one after the other. Each call is a run of its own, unless the request names one: that one then
 * goes on, and what has landed of it is passed over. A shard's failure is an outcome, never a rejection. Readers are not moved: see
 * `pg-bronze publish`.
 * @throws BronzeError when nothing could begin (config, DSN, lookup, sink), or CANCELLED when the signal aborted
 */
export async function runExtract(request: ExtractRequest, events: ExtractEvents): Promise<ExtractResult> {
  const sink = await openSink(request.sinkUrl, { ...sinkOptions(request.config.sink), env: request.env });
  try {
    const { object } = request.config;
    const { plan, rejected, warnings } = await makeRunPlan({
      extract: request,
      sinceRefresh: false,
      compute: RegistryEntrySchema.shape.compute.parse(undefined),
      sink,
      occasion: randomUUID(),
      reading: (reading) => events.planning({ object, reading }),
    });
    const shards = shardsOf(plan);
    events.planned({ shards, rejected });
    // An extract that lands says them of each shard.
    if (request.dryRun) for (const message of warnings) events.warning({ message });
    const outcomes = request.dryRun ? describe(plan, shards, sink, events) : await land(plan, shards, request, sink, events);
    return { run: plan.run, sink: sink.url, shards: outcomes, rejected };
  } finally {
    await sink.close();
  }
}

async function land(
  plan: RunPlan,
  shards: readonly Shard[],
  request: ExtractRequest,
  sink: Sink,
  events: ExtractEvents,
): Promise<ShardOutcome[]> {
  const context = runContext(plan, request, sink, events);
  const ends = new Map<string, ShardEnd>();
  await runShards(shards, {
    jobs: 1,
    // The source's own faults are retried while the shard is read: config.source.retry.
    attempts: 1,
    minDelayMs: 0,
    maxDelayMs: 0,
    clock: context.actor.clock,
    signal: request.signal,
    givenUp: () => context.source.givenUp !== null,
    land: (shard) => landClaimed(shard, context),
    retried: () => {},
    settled: (shard, end) => {
      ends.set(shard.id, end);
      if (end.outcome === "failed") events.shardFailed({ shard, error: end.error });
      else if (end.outcome === "landed" && end.fresh) events.shardLanded({ shard, manifest: end.manifest });
      else events.shardSkipped({ shard, manifest: end.manifest, reason: end.outcome });
    },
  });
  await finishRun(sink, plan, null);
  // Those that were never begun: the source was away for too long.
  const notBegun = (): ShardEnd => ({ outcome: "failed", error: context.source.givenUp! });
  return shards.map((shard) => ({ shard, ...(ends.get(shard.id) ?? notBegun()) }));
}

/** What would land: from the plan, which has looked at every table. */
function describe(plan: RunPlan, shards: readonly Shard[], sink: Sink, events: ExtractEvents): ShardOutcome[] {
  return shards.map((shard, i): ShardOutcome => {
    const { problem } = plan.shards[i]!;
    if (problem === null) return { outcome: "planned", shard, url: sink.locate(shard.key), columns: plan.columns ?? [] };
    const { code, message, hint, retryable } = problem;
    const error = new BronzeError(code as ErrorCode, message, {
      retryable,
      ...(hint === null ? {} : { hint }),
      context: { shard: shard.id },
    });
    events.shardFailed({ shard, error });
    return { outcome: "failed", shard, error };
  });
}
