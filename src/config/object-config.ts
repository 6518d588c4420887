import { z } from "zod";

const Sql = z.string().trim().min(1);
const Milliseconds = z.int().positive();
const Bytes = z.int().positive();

/** `config/<object>_extract_config.yaml`. Keys are snake_case because people write them; the JSON Schema for editors comes from here. */
export const ObjectConfigSchema = z.strictObject({
  object: z.string().regex(/^[a-z][a-z0-9_-]*$/, "lower-case letters, digits, '_' and '-'"),
  extract_pattern: z.enum(["county_sharded", "single_table"]),
  source_system: z.string().min(1),
  dataset: z.string().min(1),
  profile: z.enum(["lake", "native"]).default("lake"),
  source: z.strictObject({
    dsn_env: z
      .string()
      .regex(/^[A-Z_][A-Z0-9_]*$/)
      .default("LINODE_DSN"),
    shards: Sql.optional(),
    table: z.string().min(1).optional(),
    query: Sql.optional(),
    transport: z.enum(["copy", "cursor"]).default("copy"),
    connect_timeout_ms: Milliseconds.default(15_000),
    statement_timeout_ms: z.int().nonnegative().default(0),
    lock_timeout_ms: z.int().nonnegative().default(30_000),
    idle_in_transaction_timeout_ms: z.int().nonnegative().default(600_000),
    retry: z
      .strictObject({
        attempts: z.int().min(1).max(20).default(4),
        min_delay_ms: Milliseconds.default(1_000),
        max_delay_ms: Milliseconds.default(60_000),
      })
      .prefault({}),
  }),
  read: z
    .strictObject({
      /** Connections to the source for one shard: ctid ranges under one exported snapshot. */
      parallelism: z.int().min(1).max(16).default(1),
      /** Encoder threads; `auto` is decided by the number of cores. */
      threads: z.union([z.literal("auto"), z.int().min(0).max(16)]).default("auto"),
    })
    .prefault({}),
  columns: z
    .record(
      z.string(),
      z.strictObject({
        as: z.string().optional(),
        srid: z.int().nonnegative().optional(),
        dimensions: z.int().min(1).max(6).optional(),
        unrepresentable: z.enum(["error", "null", "text"]).optional(),
      }),
    )
    .default({}),
  unrepresentable: z.enum(["error", "null", "text"]).default("error"),
  hashkeys: z
    .strictObject({
      source: z.array(z.string()).min(1),
      record: z.array(z.string()).min(1).optional(),
      separator: z.string().default(""),
      null_key: z.enum(["error", "empty"]).default("error"),
    })
    .optional(),
  parquet: z
    .strictObject({
      compression: z.enum(["zstd", "snappy", "none"]).default("zstd"),
      compression_level: z.int().min(1).max(19).default(1),
      row_group_bytes: Bytes.default(64 << 20),
      page_bytes: Bytes.default(1 << 20),
    })
    .prefault({}),
  sink: z.strictObject({
    bucket: z.string().min(1).optional(),
    url: z.string().optional(),
    key: z.string().min(1),
    region: z.string().optional(),
    endpoint: z.url().optional(),
    path_style: z.boolean().optional(),
    storage_class: z.string().optional(),
    kms_key_id: z.string().optional(),
    part_bytes: Bytes.min(5 << 20).default(16 << 20),
  }),
});

export type ObjectConfig = z.infer<typeof ObjectConfigSchema>;
