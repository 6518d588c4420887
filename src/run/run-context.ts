import type { ExtractEvents, ExtractRequest } from "../extract/contract.ts";
import { landingOptions } from "../extract/options.ts";
import { type PreparedShard, prepareShard } from "../extract/prepare-shard.ts";
import type { Attempt } from "../extract/session.ts";
import { openJobSource, sourceAccess } from "../extract/shard-source.ts";
import { type Actor, thisProcess } from "../ledger/actor.ts";
import type { ShardManifest } from "../ledger/manifest.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import type { Sink } from "../sink/sink.ts";
import { watchSource } from "../source/outage.ts";
import type { SourceWatch } from "../source/restarts.ts";
import { retryHint } from "./hints.ts";
import { configDigest, extractOverrides } from "./plan-run.ts";

/** What the shards of one run have in common when this process lands them. */
export interface RunContext {
  readonly sink: Sink;
  readonly plan: RunPlan;
  readonly actor: Actor;
  readonly signal: AbortSignal;
  /** Lands over what a run planned later has landed, and inside a published run with another config or schema. */
  readonly replace: boolean;
  /** Reads the shard and leaves its files sealed; nothing of it is left when it throws. */
  prepare(shard: Shard, attempt: Attempt): Promise<PreparedShard>;
  /** Called when a landing is about to replace what another run landed. */
  replacing(shard: Shard, before: ShardManifest): void;
}

export interface ContextOptions {
  readonly shardsAtOnce?: number;
  readonly actor?: Actor;
}

/** A run's context where its shards are read from the source. */
export interface ReadingContext extends RunContext {
  readonly source: SourceWatch;
}

/**
 * How this process lands the shards of a run: the plan's schema and flags, this machine's connection and threads.
 * @throws BronzeError CONFIG_INVALID when the config is no longer the one that the run was planned with
 */
export function runContext(
  plan: RunPlan,
  request: ExtractRequest,
  sink: Sink,
  events: ExtractEvents,
  { shardsAtOnce = 1, actor = thisProcess() }: ContextOptions = {},
): ReadingContext {
  if (configDigest(request.config, plan.overrides) !== plan.config_digest) {
    throw new BronzeError("CONFIG_INVALID", `The config of ${plan.object} is not the one that run ${plan.run} was planned with`, {
      hint: "Plan anew: what landed with another config must not stand in one snapshot. In a container: is its image the planner's?",
      context: { run: plan.run },
    });
  }
  const { threads, parallelism } = request.overrides;
  const overrides = { ...extractOverrides(plan), threads, parallelism };
  const options = landingOptions(request.config, overrides, { shardsAtOnce, pinned: plan.columns });
  const access = sourceAccess(request);
  const source = watchSource({
    probe: async () => (await openJobSource("probe", access)).close(),
    maxOutageMs: request.maxOutageMs,
    hint: `--max-outage waits longer. ${retryHint("Once it is back", plan)}`,
    signal: request.signal,
    away: (event) => events.sourceAway(event),
    back: (event) => events.sourceBack(event),
  });
  const session = { target: access.target, sink, events, watch: source, snapshot: request.snapshot };
  return {
    sink,
    plan,
    actor,
    signal: request.signal,
    replace: request.replace || plan.replace,
    prepare: (shard, attempt) => prepareShard(shard, options, session, attempt),
    source,
    replacing: (shard, before) => events.replacing({ shard, before }),
  };
}
