import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Current } from "../../src/ledger/current.ts";
import type { ShardManifest } from "../../src/ledger/manifest.ts";
import { type RunPlan, toPlannedShard } from "../../src/ledger/plan.ts";
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
  version: 1,
  object: OBJECT,
  run: RUN,
  snapshot_dt: "2026-11-30",
  sink: "s3://bronze",
  config_digest: "0".repeat(64),
  overrides: {},
  selection: { geoid: ["48453"] },
  since_refresh: false,
  sizes: { small: { vcpu: 0.5, memory_mib: 2048 } },
  columns: null,
  shards: [toPlannedShard(shard, { estimated_bytes: null, size_class: "small", problem: null })],
  rejected: [{ label: "row 17", error: "no table_name" }],
  estimate: { rows: 12.5, bytes: 0, job_hours: 0, cost_usd: 0 },
  created_at: "2026-11-30T00:00:00.000Z",
  tool: "pg-bronze 0.1.0",
};

export const manifest: ShardManifest = {
  version: 1,
  object: OBJECT,
  run: RUN,
  shard: TRAVIS,
  snapshot_dt: "2026-11-30",
  key: shard.key,
  url: `s3://bronze/${shard.key}`,
  bytes: 10,
  etag: '"e"',
  rows: 3,
  row_groups: 1,
  sha256: "0".repeat(64),
  columns: [{ name: "geoid", field_id: 1, source: "text", type: "utf8", parquet: "BYTE_ARRAY STRING", nulls: 0 }],
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
  started_at: "2026-11-30T00:00:00.000Z",
  finished_at: "2026-11-30T00:00:01.000Z",
  attempts: 1,
  tool: "pg-bronze 0.1.0",
};

export const current: Current = {
  version: 1,
  object: OBJECT,
  run: RUN,
  snapshot_dt: "2026-11-30",
  published_at: "2026-11-30T01:00:00.000Z",
  landed: 1,
  absent: [],
  rows: 3,
  bytes: 10,
};

export function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
}
