import pLimit from "p-limit";
import type { BronzeError } from "../model/errors.ts";
import type { RunId, ShardId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import { freeAfterMs, type Situation, STATES, situationOf } from "./claim-states.ts";
import { readLanding } from "./claims.ts";
import { type ShardError, shardError } from "./fields.ts";
import { isDamage } from "./folder.ts";
import { type Holder, type Landing, openIntents } from "./landing.ts";
import type { ShardManifest } from "./manifest.ts";
import { type PlannedShard, type RunPlan, readPlan } from "./plan.ts";

export type ShardStatus = (typeof STATES)[Situation]["status"];

/** What those who look at a whole run need of a manifest: without the columns, which are nearly all of it. */
export type Landed = Pick<
  ShardManifest,
  "run" | "shard" | "rows" | "bytes" | "started_at" | "finished_at" | "attempts" | "fingerprint"
> & {
  readonly files: readonly {
    readonly key: string;
    readonly url: string;
    readonly bytes: number;
    readonly etag: string;
    readonly token: string;
  }[];
};

export interface ShardState<M = Landed> {
  readonly shard: ShardId;
  /** `lost`: its process fell silent; the shard is free. `superseded`: a run planned later landed it. A shard of which the ledger can't be read has `failed`. */
  readonly status: ShardStatus;
  /** What this run landed, or the run that superseded it; null where neither did. */
  readonly manifest: M | null;
  readonly key: string;
  /** Who works on it, for whatever run, and whether their lease is over. */
  readonly holder: (Holder & { readonly isOver: boolean }) | null;
  /** How its last attempt ended in this run; null where none did, and once it has landed. */
  readonly ended: Landing["ended"];
  /** Landings that may still take effect though nobody waits for them. */
  readonly openIntents: readonly { readonly run: RunId; readonly fingerprint: string }[];
  /** How its last attempt failed, or why its record can't be read; null once it has landed. */
  readonly error: ShardError | null;
}

export interface RunStatus {
  readonly plan: RunPlan;
  /** In the order of the plan. */
  readonly shards: readonly ShardState[];
}

/** Records read at once. */
const READS = 16;

/**
 * Where a run stands, from its plan and the landing records alone: a request for each shard. A damaged record is that shard's failure.
 * @returns null when the run has no plan
 */
export async function runStatus(sink: Sink, object: string, run: RunId): Promise<RunStatus | null> {
  const plan = await readPlan(sink, object, run);
  return plan === null ? null : { plan, shards: await shardStates(sink, plan) };
}

export async function shardStates(sink: Sink, plan: RunPlan): Promise<ShardState[]> {
  const storeTime = await sink.now();
  const limit = pLimit(READS);
  return Promise.all(plan.shards.map((shard) => limit(() => stateOf(sink, plan, shard, storeTime, landedOf))));
}

/** One shard of a run, with the whole manifest; null when the plan has no such shard. */
export async function shardStatus(sink: Sink, plan: RunPlan, id: ShardId): Promise<ShardState<ShardManifest> | null> {
  const shard = plan.shards.find((planned) => planned.id === id);
  return shard === undefined ? null : stateOf(sink, plan, shard, await sink.now(), (manifest) => manifest);
}

async function stateOf<M>(
  sink: Sink,
  plan: RunPlan,
  { id: shard, key }: PlannedShard,
  storeTime: Date,
  keep: (manifest: ShardManifest) => M,
): Promise<ShardState<M>> {
  const nothing = { shard, key, manifest: null, holder: null, ended: null, openIntents: [] };
  try {
    const found = await readLanding(sink, plan.object, key);
    if (found === null) return { ...nothing, status: "missing", error: null };
    const { manifest, holder, ended } = found.value;
    const ageMs = storeTime.getTime() - found.modified.getTime();
    const situation = situationOf(found.value, plan, "", ageMs);
    const { status } = STATES[situation];
    const own = ended?.run === plan.run ? ended : null;
    return {
      shard,
      key,
      status,
      manifest: manifest !== null && (status === "landed" || status === "superseded") ? keep(manifest) : null,
      holder: holder === null ? null : { ...holder, isOver: ageMs > freeAfterMs(holder) },
      ended: own,
      openIntents: openIntents(found.value, storeTime).map(({ manifest: { run, fingerprint } }) => ({ run, fingerprint })),
      error: status === "landed" || status === "superseded" ? null : (own?.error ?? null),
    };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { ...nothing, status: "failed", error: shardError(error as BronzeError) };
  }
}

function landedOf(manifest: ShardManifest): Landed {
  const { run, shard, rows, bytes, started_at, finished_at, attempts, fingerprint } = manifest;
  const files = manifest.files.map(({ key, url, bytes: fileBytes, etag, token }) => ({
    key,
    url,
    bytes: fileBytes,
    etag,
    token,
  }));
  return { run, shard, rows, bytes, started_at, finished_at, attempts, fingerprint, files };
}
