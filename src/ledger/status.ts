import type { BronzeError } from "../model/errors.ts";
import type { RunId, ShardId } from "../model/ids.ts";
import { parseShardId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { type ShardClaim, ShardClaimSchema } from "./claim.ts";
import { STATES, situationOf } from "./claim-states.ts";
import { readClaims } from "./claims.ts";
import { type Found, findDocument } from "./folder.ts";
import { type ShardManifest, ShardManifestSchema } from "./manifest.ts";
import { claimKey, manifestKey } from "./paths.ts";
import { type RunPlan, readPlan } from "./plan.ts";
import { type Landing, readLandings } from "./shards.ts";
import { type ShardError, shardError } from "./summary.ts";

export type ShardStatus = (typeof STATES)[keyof typeof STATES]["status"];

export interface ShardState<M = Landing> {
  readonly shard: ShardId;
  /** `lost`: its process fell silent; the shard is free. A shard of which the ledger can't be read has `failed`. */
  readonly status: ShardStatus;
  readonly manifest: M | null;
  readonly claim: ShardClaim | null;
  /** How its last attempt failed, or which of its documents can't be read; null once it has landed. */
  readonly error: ShardError | null;
}

export interface RunStatus {
  readonly plan: RunPlan;
  /** In the order of the plan. */
  readonly shards: readonly ShardState[];
}

/** Where a run stands, from the ledger alone; null when it has no plan. A damaged document of one shard is that shard's failure. */
export async function runStatus(sink: Sink, object: string, run: RunId, now = new Date()): Promise<RunStatus | null> {
  const plan = await readPlan(sink, object, run);
  if (plan === null) return null;
  const [landings, claims] = await Promise.all([readLandings(sink, object, run), readClaims(sink, object, run)]);
  const landingOf = new Map(landings.map((found) => [found.name, found]));
  const claimOf = new Map(claims.map((found) => [found.name, found]));
  const shards = plan.shards.map(({ id }) => shardState(parseShardId(id), landingOf.get(id), claimOf.get(id), now));
  return { plan, shards };
}

/** One shard of a run, with its whole manifest. */
export async function shardStatus(
  sink: Sink,
  object: string,
  run: RunId,
  shard: ShardId,
  now = new Date(),
): Promise<ShardState<ShardManifest>> {
  const [manifest, claim] = await Promise.all([
    findDocument(sink, manifestKey(object, run, shard), ShardManifestSchema, (document) => document),
    findDocument(sink, claimKey(object, run, shard), ShardClaimSchema, (document) => document),
  ]);
  return shardState(shard, manifest, claim, now);
}

function shardState<M>(
  shard: ShardId,
  landing: Found<M> | null | undefined,
  claimed: Found<ShardClaim> | null | undefined,
  now: Date,
): ShardState<M> {
  const claim = contentOf(claimed);
  const manifest = contentOf(landing);
  // A manifest outweighs every claim, so that of a landed shard nobody misses the claim.
  const damage = damageOf(landing) ?? (manifest === null ? damageOf(claimed) : null);
  if (damage !== null) return { shard, status: "failed", manifest, claim, error: shardError(damage) };
  const { status } = STATES[situationOf(claim, manifest !== null, "", now)];
  return { shard, status, manifest, claim, error: manifest === null ? (claim?.error ?? null) : null };
}

function contentOf<T>(found: Found<T> | null | undefined): T | null {
  return found && "value" in found ? found.value : null;
}

function damageOf(found: Found<unknown> | null | undefined): BronzeError | null {
  return found && "damage" in found ? found.damage : null;
}
