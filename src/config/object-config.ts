import { z } from "zod";
import { parseLocation } from "../sink/location.ts";
import { objectRules, type PatternRules } from "./object-rules.ts";

/** SQL that is taken verbatim. */
export const Sql = z.string().regex(/\S/, "is empty");
const Milliseconds = z.int().positive();
const Bytes = z.int().positive();
/** Becomes part of keys, so it holds nothing that a key may not. */
const KeyWord = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "may hold letters, digits, '_', '-' and '.'");
/** `null` without quotes is YAML's null, and taken for the word: see {@link YamlFile.reread}. */
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
  round: z
    .boolean()
    .optional()
    .describe(
      "With as: float64: land the nearest float64 of a number that has more digits than one holds; without it that is refused.",
    ),
});

/** Keys of `source` whatever the pattern. */
const SOURCE = {
  dsn_env: z
    .string()
    .regex(/^[A-Z_][A-Z0-9_]*$/, "is not the name of an environment variable: upper-case letters, digits and '_'")
    .default("LINODE_DSN")
    .describe("Name of the environment variable that holds the connection string. The string itself is never written here."),
  noun: z
    .string()
    .regex(/^[a-z][a-z -]*$/, "is a noun in lower case, such as county")
    .default("shard")
    .describe("What messages call one shard: county."),
  transport: z
    .enum(["copy", "cursor"])
    .default("copy")
    .describe("copy is fast; cursor is for sources where COPY is not allowed. Both land the same bytes."),
  connect_timeout_ms: Milliseconds.default(15_000).describe("How long to wait for a connection."),
  statement_timeout_ms: z
    .int()
    .nonnegative()
    .default(0)
    .describe("The server ends a statement after this time; 0 never. A large table may take many minutes."),
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
    .describe(
      "Connection faults, replica conflicts and deadlocks begin the shard again, and a source that is down is waited for; everything else fails at once.",
    ),
};

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

function isLocation(text: string): boolean {
  try {
    return parseLocation(text).url !== "";
  } catch {
    return false;
  }
}

const SinkSchema = z.strictObject({
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "is not the name of an S3 bucket")
    .optional()
    .describe("S3 bucket. Give this or url."),
  url: z
    .string()
    // A path would mean another folder wherever the config is used.
    .regex(/^[a-z][a-z0-9+.-]+:\/\//, { error: "is neither s3://bucket[/prefix] nor file:///folder", abort: true })
    .refine(isLocation, "is neither s3://bucket[/prefix] nor file:///folder")
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
  bucket_owner: z
    .string()
    .regex(/^\d{12}$/, "is not the number of an AWS account: twelve digits, in quotes")
    .optional()
    .describe("AWS account that owns the bucket, in quotes: every request is refused where another one does."),
  requester_pays: z.boolean().optional().describe("True for a bucket whose requests are charged to who sends them."),
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

/** Keys of every object's config, whatever its pattern. */
const OBJECT = {
  object: z
    .string()
    .regex(/^[a-z][a-z0-9_-]*$/, "may hold lower-case letters, digits, '_' and '-', and begins with a letter")
    .describe("Name of the object: parcel, verse, …"),
  source_system: KeyWord.describe("The system that the rows come from, for the key: linode."),
  dataset: KeyWord.describe("The dataset, for the key: parcel."),
  profile: z
    .enum(["lake", "native"])
    .default("lake")
    .describe(
      "lake: only types that Spark, Trino, Snowflake, DuckDB, Polars and pyarrow all read. native: the closest Parquet type.",
    ),
  read: ReadSchema.prefault({}).describe("How hard to read."),
  columns: z.record(z.string(), ColumnSchema).default({}).describe("What single columns need, by name."),
  unrepresentable: Unrepresentable.default("error").describe(
    "A value that its target type can't hold (NaN in a DECIMAL, an infinite date): fail the shard, land null, or land the whole column as text.",
  ),
  hashkeys: HashkeysSchema.optional().describe("The columns _source_hashkey and _record_hashkey; left out when not given."),
  parquet: ParquetSchema.prefault({}).describe("The file's layout."),
  sink: SinkSchema.describe("Where the files land."),
  publish: PublishSchema.prefault({}).describe("When readers get a new snapshot."),
};

type Values<S extends z.ZodRawShape> = z.output<z.ZodObject<S>>;

/** An object's config as far as it is the same for all patterns. What is a pattern's own, only the pattern sees. */
export type ObjectConfig = Values<typeof OBJECT> & {
  readonly extract_pattern: string;
  readonly source: Values<typeof SOURCE>;
};

/** The config of a pattern that adds these keys to `source`. */
export type ConfigWith<S extends z.ZodRawShape> = ObjectConfig & { readonly source: Values<S> };

/** A pattern's part of the config. */
export interface PatternConfig {
  /** For editors, at `extract_pattern`. */
  readonly summary: string;
  /** Its own keys of `source`. */
  readonly source: z.ZodRawShape;
  /** What its keys' types can't say. */
  readonly rules: PatternRules;
}

/**
 * The schema of `config/<object>_extract_config.yaml`: a union by `extract_pattern`, with an option for each pattern. Keys are snake_case
 * because people write them; the JSON Schema for editors comes from here.
 * @param patterns by the name that a config says
 */
export function objectConfigSchema(patterns: Readonly<Record<string, PatternConfig>>): z.ZodType<ObjectConfig> {
  const { object, ...others } = OBJECT;
  const option = (pattern: z.ZodType, source: z.ZodType) =>
    z.strictObject({ object, extract_pattern: pattern, source: source.describe("Where the rows come from."), ...others });
  const options = Object.entries(patterns).map(([name, { summary, source }]) =>
    option(z.literal(name).describe(`${name}: ${summary}`), z.strictObject({ ...SOURCE, ...source })),
  );
  const anyPattern = option(z.unknown(), z.looseObject(SOURCE));
  const union = z.discriminatedUnion("extract_pattern", options as [(typeof options)[number]]);
  const checked = union.superRefine(
    (config: unknown, context) => {
      const name = (config as { extract_pattern?: unknown } | null)?.extract_pattern;
      const pattern = typeof name === "string" && Object.hasOwn(patterns, name) ? patterns[name] : undefined;
      // Also without a pattern, and after other problems: a person wants to read all of them at once.
      if (pattern === undefined)
        for (const issue of anyPattern.safeParse(config).error?.issues ?? []) context.addIssue({ ...issue });
      objectRules(config, pattern?.rules ?? (() => {}), (path, message) => context.addIssue({ code: "custom", path, message }));
    },
    { when: () => true },
  );
  return checked as unknown as z.ZodType<ObjectConfig>;
}
