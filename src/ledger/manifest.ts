import { z } from "zod";
import { Count, Instant, RunName, ShardName, Version } from "./fields.ts";

/** A column of the output: as every shard of a run must have it, and as a file has it. */
export const ColumnSchema = z.object({
  name: z.string(),
  /** Parquet's and Iceberg's id of the column; the same in every file of the run. */
  field_id: z.int().positive(),
  /** Ids of the columns inside a nested one, by their path: `list.element`. */
  nested_ids: z.record(z.string(), z.int().positive()).optional(),
  /** The type as PostgreSQL writes it: `numeric(10,2)`, `text[]`, `geometry(MultiPolygon,4326)`; null for a column made here. */
  source: z.string().nullable(),
  /** Our own name of the type that lands: `decimal(10,2)`, `list<int32>`. Schemas are compared by it. */
  type: z.string(),
  /** The Parquet type: `INT64 DECIMAL(10,2)`, `BYTE_ARRAY STRING`. */
  parquet: z.string(),
});

/** Statistics of one column in one file. Minimum and maximum as text, in the canonical form of the column's type; null where the type has none. */
export const ColumnStatsSchema = z.object({
  name: z.string(),
  nulls: Count,
  /** Values that `unrepresentable: null` made null, those inside arrays and composites too; absent where there is none. */
  nulled: Count.optional(),
  min: z.string().nullable(),
  max: z.string().nullable(),
  /** False where a long text was cut: `min` is then a lower bound, `max` an upper one. */
  min_exact: z.boolean().optional(),
  max_exact: z.boolean().optional(),
});

export const ManifestFileSchema = z.object({
  /** Key of the data object, relative to the sink, and its address. */
  key: z.string(),
  url: z.string(),
  bytes: Count,
  etag: z.string(),
  /** Tells this write from every other, also from one of the same bytes. */
  token: z.string(),
  rows: Count,
  row_groups: Count,
  /** SHA-256 of the object's bytes, 64 hex characters. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  columns: z.array(ColumnStatsSchema),
  /** Which rows of the shard it holds, by key, inclusive at both ends; null for all of them. */
  range: z.object({ columns: z.array(z.string()), from: z.array(z.string()), to: z.array(z.string()) }).nullable(),
});

/** What landed for one shard: stands in the landing record of its data key, written after the objects were verified. */
export const ShardManifestSchema = z.object({
  version: Version,
  object: z.string(),
  run: RunName,
  shard: ShardName,
  snapshot_dt: z.string(),
  /** When its run was planned, by the store's clock; a later one supersedes an earlier one. */
  planned_at: Instant,
  config_digest: z.string(),
  /** Of the run's plan: a snapshot holds files of one fingerprint. */
  fingerprint: z.string(),
  /** Names the attempt that landed it. */
  token: z.string(),
  /** Rows of COPY's command tag = rows encoded = rows in the footers of all files. */
  rows: Count,
  bytes: Count,
  files: z.array(ManifestFileSchema).min(1),
  columns: z.array(ColumnSchema),
  source: z.object({
    kind: z.enum(["table", "query"]),
    name: z.string(),
    snapshot: z.string(),
    lsn: z.string().nullable(),
    server_version: z.string(),
    transport: z.enum(["copy", "cursor"]),
    wire_bytes: Count,
  }),
  profile: z.enum(["lake", "native"]),
  hashkeys: z.object({ source: z.array(z.string()), record: z.array(z.string()).optional(), separator: z.string() }).nullable(),
  /** What was proved of these files since, one entry for each proof. */
  proofs: z.array(z.looseObject({ kind: z.string(), at: Instant })),
  started_at: Instant,
  finished_at: Instant,
  attempts: z.int().positive(),
  tool: z.string(),
});

export type Column = z.infer<typeof ColumnSchema>;
export type ColumnStats = z.infer<typeof ColumnStatsSchema>;
export type ManifestFile = z.infer<typeof ManifestFileSchema>;
export type ShardManifest = z.infer<typeof ShardManifestSchema>;
