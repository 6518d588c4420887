import type { RunId, ShardId } from "../model/ids.ts";
import { parseShardId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import type { ShardClaim } from "./claim.ts";
import { STATES, situationOf } from "./claim-states.ts";
import { readClaims } from "./claims.ts";
import type { ShardManifest } from "./manifest.ts";
import { type RunPlan, readPlan } from "./plan.ts";
import { readManifests } from "./shards.ts";

export type ShardStatus = (typeof STATES)[keyof typeof STATES]["status"];

export interface RunStatus {
  readonly plan: RunPlan;
  /** In the order of the plan. `lost`: its process fell silent; the shard is free. */
  readonly shards: readonly {
    readonly shard: ShardId;
    readonly status: ShardStatus;
    readonly manifest: ShardManifest | null;
    readonly claim: ShardClaim | null;
  }[];
}

/** Where a run stands, from the ledger alone; null when it has no plan. */
export async function runStatus(sink: Sink, object: string, run: RunId, now = new Date()): Promise<RunStatus | null> {
  const plan = await readPlan(sink, object, run);
  if (plan === null) return null;
  const [manifests, claims] = await Promise.all([readManifests(sink, object, run), readClaims(sink, object, run)]);
  const manifestOf = new Map(manifests.map((manifest) => [manifest.shard, manifest]));
  const claimOf = new Map(claims.map((claim) => [claim.shard, claim]));
  const shards = plan.shards.map(({ id }) => {
    const manifest = manifestOf.get(id) ?? null;
    const claim = claimOf.get(id) ?? null;
    return { shard: parseShardId(id), status: STATES[situationOf(claim, manifest !== null, "", now)].status, manifest, claim };
  });
  return { plan, shards };
}
