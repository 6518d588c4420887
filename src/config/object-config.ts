import { z } from "zod";
import { objectRules } from "./object-rules.ts";

const Sql = z.string().regex(/\S/, "is empty");
const Milliseconds = z.int().positive();
const Bytes = z.int().positive();
/** Becomes part of keys, so it holds nothing that a key may not. */
const KeyWord = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "may hold letters, digits, '_', '-' and '.'");
const Unrepresentable = z.enum(["error", "null", "text"]);
const ColumnNames = z.array(z.string().min(1, "is empty")).min(1, "needs at least one column");

/** Targets of {@link ColumnSchema}'s `as`; `decimal(p,s)` is the one with parameters. */
const TARGETS = /^(text|json|uuid|float64|int64|geometry|geography|time|bytes|decimal\(\s*\d{1,2}\s*,\s*\d{1,2}\s*\))$/;

const ColumnSchema = z.strictObject({
  as: z
    .string()
    .regex(TARGETS, "is none of text, json, uuid, decimal(p,s), float64, int64, geometry, geography, time, bytes")
    .optional()
    .describe(
      "Land the column as this type: text, json, uuid, decimal(p,s), float64, int64, geometry, geography, time or bytes.",
    ),
  srid: z
    .int()
    .nonnegative()
    .optional()
    .describe("SRID of a geometry whose values don't carry one, such as 4326. Goes with as: geometry or as: geography."),
  dimensions: z
    .int()
    .min(1)
    .max(6)
    .optional()
    .describe("Number of array dimensions, where the catalog doesn't know it (an expression in a query)."),
  unrepresentable: Unrepresentable.optional().describe("Like the object's unrepresentable, for this column."),
});

const SourceSchema = z.strictObject({
  dsn_env: z
    .string()
    .regex(/^[A-Z_][A-Z0-9_]*$/, "is not the name of an environment variable: upper-case letters, digits and '_'")
    .default("LINODE_DSN")
    .describe("Name of the environment variable that holds the connection string. The string itself is never written here."),
  shards: Sql.optional().describe(
    "county_sharded: the lookup. One row per shard; its columns fill the placeholders of table and sink.key. geoid, admin1 and total_objects have meanings of their own.",
  ),
  table: z
    .string()
    .min(1, "is empty")
    .optional()
    .describe("county_sharded: the table of one shard, with its schema, such as public.{table_name}."),
  query: Sql.optional().describe("single_table: the SELECT whose rows land. It runs exactly as written."),
  transport: z
    .enum(["copy", "cursor"])
    .default("copy")
    .describe("copy is fast; cursor is for sources where COPY is not allowed. Both land the same bytes."),
  connect_timeout_ms: Milliseconds.default(15_000).describe("How long to wait for a connection."),
  statement_timeout_ms: z
    .int()
    .nonnegative()
    .default(0)
    .describe("The server ends a statement after this time; 0 never. A large county may take many minutes."),
  lock_timeout_ms: z
    .int()
    .nonnegative()
    .default(30_000)
    .describe("How long to wait for a table that somebody has locked; 0 waits for ever."),
  idle_in_transaction_timeout_ms: z
    .int()
    .nonnegative()
    .default(600_000)
    .describe("The server ends our transaction when we are silent for this long; 0 never."),
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(20).default(4).describe("How often one shard is tried in all."),
      min_delay_ms: Milliseconds.default(1_000).describe("Wait before the second attempt; doubles from then on."),
      max_delay_ms: Milliseconds.default(60_000).describe("The longest wait between two attempts."),
    })
    .prefault({})
    .describe("Connection faults and replica conflicts begin the shard again; everything else fails at once."),
});

const ReadSchema = z.strictObject({
  parallelism: z
    .int()
    .min(1)
    .max(16)
    .default(1)
    .describe(
      "Connections to the source that one large table is read over, in one snapshot, by ranges of its blocks; for a server with cores to spare. Needs PostgreSQL 14, transport copy, and a whole table or SELECT columns FROM table. The bytes of the file don't depend on it.",
    ),
  threads: z
    .union([z.literal("auto"), z.int().min(0).max(16)])
    .default("auto")
    .describe(
      "Encoder threads; auto is decided by the number of cores and by whether there are hash keys, 0 encodes in the main thread. The bytes of the file don't depend on it.",
    ),
});

const HashkeysSchema = z.strictObject({
  source: ColumnNames.describe("Columns of _source_hashkey, in order: the row's identity, stable from run to run."),
  record: ColumnNames.optional().describe(
    "Columns of _record_hashkey, in order: the identity and the geometry, so that a change shows.",
  ),
  separator: z
    .string()
    .default("")
    .describe("Stands between the columns' bytes. Needed where two text columns of varying length are neighbours."),
  null_key: z
    .enum(["error", "empty"])
    .default("error")
    .describe("A null in an identity column: error fails the shard, empty adds no bytes."),
});

const ParquetSchema = z.strictObject({
  compression: z.enum(["zstd", "snappy", "none"]).default("zstd").describe("Codec of all pages."),
  compression_level: z.int().min(1).max(19).default(1).describe("ZSTD level; the other codecs have none."),
  row_group_bytes: Bytes.default(32 << 20).describe("Row groups are cut at about this many bytes before compression."),
  page_bytes: Bytes.default(256 << 10).describe("Pages are cut at about this many bytes before compression."),
});

const SinkSchema = z.strictObject({
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "is not the name of an S3 bucket")
    .optional()
    .describe("S3 bucket. Give this or url."),
  url: z
    .string()
    .regex(/^(s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/|$)|file:\/\/\/)/, "is neither s3://bucket[/prefix] nor file:///folder")
    .optional()
    .describe("s3://bucket[/prefix] or file:///folder. Give this or bucket."),
  key: z
    .string()
    .min(1, "is empty")
    .describe(
      "Key of the object that a shard lands: {object}, {source_system}, {dataset}, {extract_date} and columns of the lookup.",
    ),
  region: z.string().min(1, "is empty").optional().describe("AWS region; AWS's own settings when not given."),
  endpoint: z.url().optional().describe("Address of an S3-compatible store."),
  path_style: z.boolean().optional().describe("Bucket in the path, not in the host name; most S3-compatible stores need it."),
  storage_class: z.string().min(1, "is empty").optional().describe("S3 storage class, such as STANDARD_IA."),
  kms_key_id: z.string().min(1, "is empty").optional().describe("KMS key for SSE-KMS: its id, ARN or alias."),
  part_bytes: Bytes.min(5 << 20)
    .default(16 << 20)
    .describe("Size of the first parts of an upload; grows so that 10,000 parts always suffice."),
  checksums: z
    .enum(["crc32", "none"])
    .default("crc32")
    .describe(
      "crc32: the store checks every upload against the CRC-32 of the whole object. none: for stores that know no checksums of whole objects; size and etag are compared all the same.",
    ),
});

const PublishSchema = z.strictObject({
  max_shrink: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe(
      "A snapshot that lost more than this fraction of the shards or of the rows that readers see now is not published, unless --allow-shrink says so; 1 publishes any.",
    ),
});

/** `config/<object>_extract_config.yaml`. Keys are snake_case because people write them; the JSON Schema for editors comes from here. */
export const ObjectConfigSchema = z
  .strictObject({
    object: z
      .string()
      .regex(/^[a-z][a-z0-9_-]*$/, "may hold lower-case letters, digits, '_' and '-', and begins with a letter")
      .describe("Name of the object: parcel, verse, …"),
    extract_pattern: z
      .enum(["county_sharded", "single_table"])
      .describe("county_sharded: one table per row of source.shards. single_table: source.query lands as one file."),
    source_system: KeyWord.describe("The system that the rows come from, for the key: linode."),
    dataset: KeyWord.describe("The dataset, for the key: parcel."),
    profile: z
      .enum(["lake", "native"])
      .default("lake")
      .describe(
        "lake: only types that Spark, Trino, Snowflake, DuckDB, Polars and pyarrow all read. native: the closest Parquet type.",
      ),
    source: SourceSchema.describe("Where the rows come from."),
    read: ReadSchema.prefault({}).describe("How hard to read."),
    columns: z.record(z.string(), ColumnSchema).default({}).describe("What single columns need, by name."),
    unrepresentable: Unrepresentable.default("error").describe(
      "A value that its target type can't hold (NaN in a DECIMAL, an infinite date): fail the shard, land null, or land the whole column as text.",
    ),
    hashkeys: HashkeysSchema.optional().describe("The columns _source_hashkey and _record_hashkey; left out when not given."),
    parquet: ParquetSchema.prefault({}).describe("The file's layout."),
    sink: SinkSchema.describe("Where the files land."),
    publish: PublishSchema.prefault({}).describe("When readers get a new snapshot."),
  })
  // Also after other problems: a person wants to read all of them at once.
  .superRefine((config, context) => objectRules(config, (path, message) => context.addIssue({ code: "custom", path, message })), {
    when: () => true,
  });

export type ObjectConfig = z.infer<typeof ObjectConfigSchema>;
