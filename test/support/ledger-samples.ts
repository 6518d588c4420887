import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { announce, type Published, publish } from "../../src/ledger/current.ts";
import { writeDocument } from "../../src/ledger/document.ts";
import { type Holder, type Landing, LandingSchema } from "../../src/ledger/landing.ts";
import type { ManifestFile, ShardManifest } from "../../src/ledger/manifest.ts";
import { landingKey } from "../../src/ledger/paths.ts";
import { type RunPlan, toPlannedShard } from "../../src/ledger/plan.ts";
import { receiptOf, writeReceipt } from "../../src/ledger/receipts.ts";
import { parseRunId, parseShardId, parseSnapshotDate } from "../../src/model/ids.ts";
import type { Shard } from "../../src/model/shard.ts";
import { openFileSink } from "../../src/sink/file/sink.ts";
import type { Sink } from "../../src/sink/sink.ts";

export const OBJECT = "parcel";
export const RUN = parseRunId("2026-11-30-0123456789");
export const TRAVIS = parseShardId("48453");

/** A sink on a new folder, gone when the test ends. */
export async function temporarySink(t: TestContext): Promise<Sink> {
  const folder = await mkdtemp(join(tmpdir(), "ledger-"));
  t.after(() => rm(folder, { recursive: true }));
  return openFileSink(folder);
}

export const shard: Shard = {
  id: TRAVIS,
  object: OBJECT,
  snapshotDt: parseSnapshotDate("2026-11-30"),
  source: { kind: "table", schema: "public", table: "tx_travis" },
  key: "linode/dataset=parcel/admin1=TX/tx_travis.parquet",
  values: { geoid: "48453", last_refresh: null },
  estimatedRows: 12.5,
};

export const plan: RunPlan = {
  version: 2,
  object: OBJECT,
  run: RUN,
  snapshot_dt: parseSnapshotDate("2026-11-30"),
  sink: "s3://bronze",
  config_digest: "0".repeat(64),
  fingerprint: "f".repeat(16),
  overrides: {},
  selection: { geoid: ["48453"] },
  since_refresh: false,
  sizes: { small: { vcpu: 0.5, memory_mib: 2048 } },
  columns: null,
  shards: [toPlannedShard(shard, { estimated_bytes: null, size_class: "small", problem: null })],
  rejected: [{ label: "row 17", error: "no table_name" }],
  estimate: { rows: 12.5, bytes: 0 },
  replace: false,
  planned_at: "2026-11-30T00:00:00.000Z",
  tool: "pg-bronze 0.1.0",
};

export const manifest: ShardManifest = {
  version: 2,
  object: OBJECT,
  run: RUN,
  shard: TRAVIS,
  snapshot_dt: "2026-11-30",
  planned_at: plan.planned_at,
  config_digest: plan.config_digest,
  fingerprint: plan.fingerprint,
  token: "attempt-1",
  rows: 3,
  bytes: 10,
  files: [
    {
      key: shard.key,
      url: `s3://bronze/${shard.key}`,
      bytes: 10,
      etag: '"e"',
      token: "attempt-1",
      rows: 3,
      row_groups: 1,
      sha256: "0".repeat(64),
      columns: [{ name: "geoid", nulls: 0, min: "48453", max: "48453" }],
      range: null,
    },
  ],
  columns: [{ name: "geoid", field_id: 1, source: "text", type: "utf8", parquet: "BYTE_ARRAY STRING" }],
  source: {
    kind: "table",
    name: "public.tx_travis",
    snapshot: "1",
    lsn: null,
    server_version: "18.0",
    transport: "copy",
    wire_bytes: 100,
  },
  profile: "lake",
  hashkeys: { source: ["geoid"], separator: "" },
  proofs: [],
  started_at: "2026-11-30T00:00:00.000Z",
  finished_at: "2026-11-30T00:00:01.000Z",
  attempts: 1,
  tool: "pg-bronze 0.1.0",
};

export const holder: Holder = {
  owner: "worker-1",
  run: RUN,
  shard: TRAVIS,
  token: "attempt-1",
  attempt: 1,
  fingerprint: plan.fingerprint,
  lease_ms: 120_000,
  claimed_at: "2026-11-30T00:00:00.000Z",
  renewed_at: "2026-11-30T00:00:00.000Z",
};

/** A record whose shard has landed. */
export const landing: Landing = {
  version: 2,
  object: OBJECT,
  key: shard.key,
  seq: 2,
  holder: null,
  ended: null,
  manifest,
  intents: [],
  history: [],
};

export const published: Published = {
  run: RUN,
  snapshot_dt: parseSnapshotDate("2026-11-30"),
  planned_at: plan.planned_at,
  fingerprint: plan.fingerprint,
  published_at: "2026-11-30T01:00:00.000Z",
  landed: 1,
  absent: [],
  partial: false,
  rows: 3,
  bytes: 10,
};

/** Moves readers to a run, whatever it has landed. */
export async function writePublished(sink: Sink, object: string, to: Published): Promise<void> {
  await announce(sink, { ...to, object });
  const { move } = await publish(sink, object, to, () => null);
  if (move === "older") throw new Error(`${to.run} is older than what is published`);
}

/** Writes what a landing leaves: the record and the receipt. */
export async function writeLanded(sink: Sink, landed: ShardManifest): Promise<void> {
  const [{ key }] = landed.files as [ManifestFile];
  const record = landingKey(landed.object, key);
  await writeDocument(sink, record, LandingSchema, { ...landing, object: landed.object, key, manifest: landed });
  await writeReceipt(sink, receiptOf(landed, key));
}

export function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
}
