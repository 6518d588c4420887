import { z } from "zod";

/** Version of the ledger's documents. A reader refuses a newer one (LEDGER_VERSION) instead of guessing. */
export const LEDGER_VERSION = 1;

const Instant = z.iso.datetime();

export const ManifestColumnSchema = z.strictObject({
  name: z.string(),
  /** Parquet's id of the column, and by their path (`list.element`) of what is inside a nested one. */
  field_id: z.int().positive(),
  nested_ids: z.record(z.string(), z.int().positive()).optional(),
  /** The type as PostgreSQL writes it: `numeric(10,2)`, `text[]`, `geometry(MultiPolygon,4326)`; null for a column made here. */
  source: z.string().nullable(),
  /** Our own name of the type that lands: `decimal(10,2)`, `list<int32>`. */
  type: z.string(),
  /** The Parquet type: `INT64 DECIMAL(10,2)`, `BYTE_ARRAY STRING`. */
  parquet: z.string(),
  nulls: z.int().nonnegative(),
});

/** `_pg_bronze/object=<object>/run=<run_id>/shards/<shard>.json`: written last, after the data object was verified. */
export const ShardManifestSchema = z.strictObject({
  version: z.literal(LEDGER_VERSION),
  object: z.string(),
  run: z.string(),
  shard: z.string(),
  snapshot_dt: z.string(),
  /** Key of the data object, relative to the sink, and its address. */
  key: z.string(),
  url: z.string(),
  bytes: z.int().nonnegative(),
  etag: z.string(),
  /** Rows of COPY's command tag = rows encoded = rows in the footer. */
  rows: z.int().nonnegative(),
  row_groups: z.int().nonnegative(),
  /** Content checksum: SHA-256 of the object's bytes, 64 hex characters. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  columns: z.array(ManifestColumnSchema),
  source: z.strictObject({
    kind: z.enum(["table", "query"]),
    name: z.string(),
    snapshot: z.string(),
    lsn: z.string().nullable(),
    server_version: z.string(),
    transport: z.enum(["copy", "cursor"]),
    wire_bytes: z.int().nonnegative(),
  }),
  profile: z.enum(["lake", "native"]),
  hashkeys: z
    .strictObject({ source: z.array(z.string()), record: z.array(z.string()).optional(), separator: z.string() })
    .nullable(),
  started_at: Instant,
  finished_at: Instant,
  attempts: z.int().positive(),
  tool: z.string(),
});

export type ManifestColumn = z.infer<typeof ManifestColumnSchema>;
export type ShardManifest = z.infer<typeof ShardManifestSchema>;
