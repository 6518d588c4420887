import { createHash, randomUUID } from "node:crypto";
import type { PreparedShard } from "../../src/extract/prepare-shard.ts";
import type { Attempt } from "../../src/extract/session.ts";
import type { Actor } from "../../src/ledger/actor.ts";
import { type RunPlan, RunPlanSchema, shardsOf } from "../../src/ledger/plan.ts";
import { systemClock } from "../../src/model/clock.ts";
import type { Shard } from "../../src/model/shard.ts";
import type { RunContext } from "../../src/run/run-context.ts";
import type { Sink } from "../../src/sink/sink.ts";

/** A plan of some shards of `things`, each one table; times are minutes of one day. */
export function fakePlan(
  run: string,
  shards: readonly string[],
  { minute = 0, fingerprint = "f".repeat(16), day = "2026-11-30", selection = {}, sinceRefresh = false } = {},
): RunPlan {
  return RunPlanSchema.parse({
    version: 2,
    object: "things",
    run,
    snapshot_dt: day,
    sink: "memory://",
    config_digest: "c".repeat(64),
    fingerprint,
    overrides: {},
    selection,
    since_refresh: sinceRefresh,
    sizes: { small: { vcpu: 1, memory_mib: 2048 } },
    columns: [{ name: "id", field_id: 1, source: "integer", type: "int32", parquet: "INT32" }],
    shards: shards.map((id) => ({
      id,
      source: { kind: "table", schema: "public", table: `t_${id}` },
      key: `things/${id}_${day}.parquet`,
      values: { id },
      estimated_rows: null,
      estimated_bytes: null,
      size_class: "small",
      problem: null,
    })),
    rejected: [],
    estimate: { rows: 0, bytes: 0 },
    replace: false,
    planned_at: new Date(Date.parse(`${day}T06:00:00Z`) + minute * 60_000).toISOString(),
    tool: "test",
  });
}

export function fakeActor(owner: string, options: Partial<Actor> = {}): Actor {
  let tokens = 0;
  return { owner, clock: systemClock, leaseMs: 120_000, newToken: () => `${owner}-${++tokens}`, ...options };
}

export interface FakeRun {
  readonly plan: RunPlan;
  /** What the tables hold right now; the bytes of the file follow from it. */
  readonly rows: () => string;
  readonly actor?: Actor;
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  /** Runs between the rows and the seal. */
  readonly beforeSeal?: (attempt: Attempt) => Promise<void>;
  readonly replacing?: RunContext["replacing"];
}

/** A run whose shards are read from nowhere: everything but the source is the real thing. */
export function fakeRun(sink: Sink, { plan, rows, actor, replace = false, signal, beforeSeal, replacing }: FakeRun): RunContext {
  return {
    sink,
    plan,
    actor: actor ?? fakeActor(randomUUID().slice(0, 8)),
    signal: signal ?? new AbortController().signal,
    replace,
    replacing: replacing ?? (() => {}),
    prepare: (shard, attempt) => prepareFake(sink, shard, attempt, rows(), beforeSeal),
  };
}

async function prepareFake(
  sink: Sink,
  shard: Shard,
  attempt: Attempt,
  rows: string,
  beforeSeal: FakeRun["beforeSeal"],
): Promise<PreparedShard> {
  const body = fakeParquet(rows);
  const writer = await sink.create(shard.key, { token: attempt.token, signal: attempt.signal });
  try {
    await writer.write(body);
    await beforeSeal?.(attempt);
    await writer.seal();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const facts = {
    key: shard.key,
    bytes: body.byteLength,
    rows: rows.length,
    rowGroups: 1,
    sha256: createHash("sha256").update(body).digest("hex"),
    columns: [{ name: "id", nulls: 0, min: null, max: null }],
  };
  const now = new Date().toISOString();
  const { source } = shard;
  const draft = {
    object: shard.object,
    shard: shard.id,
    snapshot_dt: shard.snapshotDt,
    columns: [{ name: "id", field_id: 1, source: "integer", type: "int32", parquet: "INT32" }],
    source: {
      kind: source.kind,
      name: source.kind === "table" ? `${source.schema}.${source.table}` : "query",
      snapshot: "1:1:",
      lsn: null,
      server_version: "15",
      transport: "copy" as const,
      wire_bytes: rows.length,
    },
    rows: rows.length,
    bytes: body.byteLength,
    profile: "lake" as const,
    hashkeys: null,
    started_at: now,
    attempts: attempt.number,
    tool: "test",
  };
  return { files: [{ facts, writer, wireBytes: rows.length, token: (await writer.seal()).token }], draft };
}

/** Bytes that end as a Parquet file does: an empty footer's length and the magic. */
export function fakeParquet(rows: string): Uint8Array {
  return Buffer.concat([Buffer.from("PAR1"), Buffer.from(rows), Buffer.from([0, 0, 0, 0]), Buffer.from("PAR1")]);
}

export function shardNamed(plan: RunPlan, id: string): Shard {
  return shardsOf(plan).find((shard) => shard.id === id)!;
}
