// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to variables, as a config holds them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseYaml } from "../../src/config/load.ts";
import type { ObjectConfig } from "../../src/config/object-config.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { ObjectConfigSchema } from "../../src/patterns/index.ts";

const SHARDED = `object: parcel
extract_pattern: county_sharded
source_system: linode
dataset: parcel
source:
  shards: SELECT * FROM public.verse
  table: public.{table_name}
sink:
  bucket: bronze
  key: "dataset={dataset}/admin1={admin1}/{table_name}_{extract_date}.parquet"
`;

const SINGLE = `object: verse
extract_pattern: single_table
source_system: linode
dataset: verse
source:
  query: SELECT * FROM public.verse
sink:
  bucket: bronze
  key: "dataset={dataset}/verse_{extract_date}.parquet"
`;

type Config = ObjectConfig & { source: { query?: string } };
const parse = (text: string, env: Record<string, string> = {}): Config => parseYaml(text, "c.yaml", ObjectConfigSchema, env);

const withQuery = (sql: string): string => SINGLE.replace("SELECT * FROM public.verse", () => sql);

/** The problems' lines, without the file's name. */
function problemsOf(text: string, env: Record<string, string> = {}): string[] {
  try {
    parse(text, env);
  } catch (error) {
    assert.ok(error instanceof BronzeError, String(error));
    assert.equal(error.code, "CONFIG_INVALID");
    assert.equal(error.exitCode, 2);
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim().replace(/^c\.yaml:/, ""));
  }
  return [];
}

/** [what is wrong, the text, the problems] */
const GOLDEN: readonly (readonly [string, string, readonly string[]])[] = [
  ["a correct sharded config", SHARDED, []],
  ["a correct single table", SINGLE, []],
  ["an empty file", "", ["1:1 is empty"]],
  ["only comments", "# nothing\n", ["1:1 is empty"]],
  ["a list", "- a\n", ["1:1 should be a section with keys, not a list"]],
  ["bad indentation", "object: parcel\n   dataset: x\n", ["1:9 Nested mappings are not allowed in compact mappings"]],
  ["a tab", "source:\n\tshards: x\n", ["2:1 Tabs are not allowed as indentation"]],
  ["an open quote", `${SINGLE}profile: "lake\n`, ['11:1 Missing closing "quote']],
  ["two documents", `${SINGLE}---\n${SINGLE}`, ["10:1 Source contains multiple documents; please use YAML.parseAllDocuments()"]],
  ["a doubled key", `${SINGLE}dataset: other\n`, ["10:1 Map keys must be unique"]],
  ["an unknown tag", `${SINGLE}profile: !secret lake\n`, ["10:10 Unresolved tag: !secret"]],
  [
    "an unknown key, with what was meant",
    `extract_patern: county_sharded\n${SHARDED}`,
    ["1:1 extract_patern: is unknown; did you mean extract_pattern?"],
  ],
  [
    "an unknown key inside a section",
    SHARDED.replace("  table:", "  tabel: x\n  table:"),
    ["7:3 source.tabel: is unknown; did you mean table?"],
  ],
  ["null as it is written", `${SINGLE}unrepresentable: null\ncolumns: { a: { unrepresentable: null } }\n`, []],
  ["nothing where null may stand", `${SINGLE}unrepresentable:\n`, ["10:17 unrepresentable: is empty"]],
  ["null where nobody wants the word", SINGLE.replace("bronze", "null"), ["8:11 sink.bucket: is empty"]],
  [
    "rounding of what isn't float64",
    `${SINGLE}columns: { a: { round: true }, b: { as: float64, round: true } }\n`,
    ["10:24 columns.a.round: goes with as: float64"],
  ],
  [
    "an unknown key of a column",
    `${SINGLE}columns: { a: { srdi: 4326 } }\n`,
    ["10:17 columns.a.srdi: is unknown; did you mean srid?"],
  ],
  [
    "a wrong word",
    SHARDED.replace("county_sharded", "county_shard"),
    ['2:18 extract_pattern: "county_shard" is none of county_sharded, single_table; did you mean county_sharded?'],
  ],
  [
    "a wrong word among other problems",
    SHARDED.replace("county_sharded", "county_shard").replace("dataset: parcel", "dataset: a/b").replace(".parquet", ".pq"),
    [
      '2:18 extract_pattern: "county_shard" is none of county_sharded, single_table; did you mean county_sharded?',
      "4:10 dataset: may hold letters, digits, '_', '-' and '.'",
      "10:8 sink.key: doesn't end in .parquet",
    ],
  ],
  ["no pattern", SINGLE.replace("extract_pattern: single_table\n", ""), ["1:1 extract_pattern: is missing"]],
  ["an empty pattern", SINGLE.replace("single_table", ""), ["2:18 extract_pattern: is empty"]],
  [
    "a noun in capitals",
    SINGLE.replace("  query:", "  noun: County\n  query:"),
    ["6:9 source.noun: is a noun in lower case, such as county"],
  ],
  ["a missing key", SINGLE.replace("dataset: verse\n", ""), ["1:1 dataset: is missing"]],
  ["a missing section", SINGLE.slice(0, SINGLE.indexOf("sink:")), ["1:1 sink: is missing"]],
  ["a key without a value", SINGLE.replace("  query: SELECT * FROM public.verse", "  query:"), ["6:9 source.query: is empty"]],
  ["blank SQL", SINGLE.replace("SELECT * FROM public.verse", '"  "'), ["6:10 source.query: is empty"]],
  ["a number for text", SINGLE.replace("dataset: verse", "dataset: 7"), ["4:10 dataset: should be text, not a number"]],
  [
    "a dataset that can't be in a key",
    SINGLE.replace("dataset: verse", "dataset: a/b"),
    ["4:10 dataset: may hold letters, digits, '_', '-' and '.'"],
  ],
  ["a threads count in words", `${SINGLE}read: { threads: many }\n`, ["10:18 read.threads: should be auto, or a number"]],
  ["a number out of range", `${SINGLE}read: { parallelism: 99 }\n`, ["10:22 read.parallelism: should be at most 16"]],
  ["a fraction in percent", `${SINGLE}publish: { max_shrink: 5 }\n`, ["10:24 publish.max_shrink: should be at most 1"]],
  ["checksums that no store knows", `${SINGLE}  checksums: md5\n`, ['10:14 sink.checksums: "md5" is none of crc32, none']],
  [
    "a pattern without its source",
    SHARDED.replace("county_sharded", "single_table").replace("{table_name}_", "").replace("/admin1={admin1}", ""),
    [
      "6:3 source.shards: has no meaning with extract_pattern single_table: remove it",
      '7:10 source.table: is a schema and a table, such as shop.customers or "Shop"."Order Details"',
    ],
  ],
  [
    "a single table without a source",
    SINGLE.replace("  query: SELECT * FROM public.verse", "  noun: list"),
    ["5:1 source: needs a table, such as shop.customers, or a query"],
  ],
  [
    "a table and a query",
    SINGLE.replace("  query:", "  table: public.verse\n  query:"),
    ["7:10 source.query: stands beside table: give one of them"],
  ],
  [
    "a sharded object without a lookup",
    SHARDED.replace("  shards: SELECT * FROM public.verse\n", ""),
    ["5:1 source.shards: is missing: extract_pattern county_sharded needs it"],
  ],
  [
    "a table without a schema",
    SHARDED.replace("public.{table_name}", "'{table_name}'"),
    ["7:10 source.table: is a schema and a table, such as public.{table_name}"],
  ],
  [
    "SQL in the table",
    SHARDED.replace("public.{table_name}", "public.{table_name} WHERE true"),
    ["7:10 source.table: is a schema and a table, such as public.{table_name}"],
  ],
  [
    "one table for all shards",
    SHARDED.replace("public.{table_name}", "public.parcels"),
    ["7:10 source.table: is one table for all shards: take a column of source.shards, such as public.{table_name}"],
  ],
  ["no bucket and no url", SINGLE.replace("  bucket: bronze\n", ""), ["7:1 sink: needs bucket or url"]],
  [
    "both bucket and url",
    SINGLE.replace("  key:", "  url: file:///tmp\n  key:"),
    ["9:8 sink.url: stands beside bucket: give one of them"],
  ],
  [
    "a url without a scheme",
    SINGLE.replace("bucket: bronze", "url: /tmp/x"),
    ["8:8 sink.url: is neither s3://bucket[/prefix] nor file:///folder"],
  ],
  [
    "a key that climbs",
    SINGLE.replace("dataset={dataset}", ".."),
    ["9:8 sink.key: has an empty, '.' or '..' segment; keys are relative and don't begin or end with '/'"],
  ],
  [
    "an absolute key",
    SINGLE.replace("dataset={dataset}", ""),
    ["9:8 sink.key: has an empty, '.' or '..' segment; keys are relative and don't begin or end with '/'"],
  ],
  [
    "a key that readers don't see",
    SINGLE.replace("dataset={dataset}", "_pg_bronze"),
    ["9:8 sink.key: has a segment that begins with '_' or '.': Spark, Athena and Hive don't see those"],
  ],
  [
    "a key without a date",
    SINGLE.replace("_{extract_date}", ""),
    ["9:8 sink.key: has no {extract_date}: every snapshot would replace the one before"],
  ],
  ["a key of another kind of file", SINGLE.replace(".parquet", ".pq"), ["9:8 sink.key: doesn't end in .parquet"]],
  [
    "an open brace",
    SINGLE.replace("{dataset}", "{dataset"),
    ["9:8 sink.key: a placeholder is a name in braces, such as {table_name}"],
  ],
  [
    "an empty placeholder",
    SINGLE.replace("{dataset}", "{}"),
    ["9:8 sink.key: a placeholder is a name in braces, such as {table_name}"],
  ],
  [
    "a shard's placeholder in a single table",
    SINGLE.replace("{dataset}", "{geoid}"),
    ["9:8 sink.key: has {geoid}, but a single table fills only {object}, {source_system}, {dataset}, {extract_date}"],
  ],
  [
    "one key for all shards",
    SHARDED.replace("/admin1={admin1}", "").replace("{table_name}_", ""),
    ["10:8 sink.key: is one key for all shards: take a column of source.shards, such as {table_name}"],
  ],
  [
    "a column twice in a hash key",
    `${SINGLE}hashkeys: { source: [id, id] }\n`,
    ['10:26 hashkeys.source.1: "id" is in the list twice'],
  ],
  ["no column in a hash key", `${SINGLE}hashkeys: { source: [] }\n`, ["10:21 hashkeys.source: needs at least one column"]],
  [
    "a decimal too wide",
    `${SINGLE}columns: { a: { as: "decimal(39,2)" } }\n`,
    ["10:21 columns.a.as: is decimal(p,s) with a precision of 1 to 38 and a scale of at most the precision"],
  ],
  [
    "an unknown target",
    `${SINGLE}columns: { a: { as: varchar } }\n`,
    ["10:21 columns.a.as: is none of text, json, uuid, decimal(p,s), float64, int64, geometry, geography, time, bytes"],
  ],
  [
    "an SRID without a geometry",
    `${SINGLE}columns: { a: { as: text, srid: 4326 } }\n`,
    ["10:33 columns.a.srid: goes with as: geometry or as: geography"],
  ],
  [
    "pages larger than row groups",
    `${SINGLE}parquet: { page_bytes: 2000, row_group_bytes: 1000 }\n`,
    ["10:24 parquet.page_bytes: is more than parquet.row_group_bytes (1000)"],
  ],
  [
    "a password",
    SINGLE.replace("query:", "dsn: postgres://me:hunter2@db/x\n  query:"),
    [
      "6:3 source.dsn: is unknown; did you mean dsn_env?",
      "6:8 source.dsn: holds a secret; keep it in an environment variable and name that",
    ],
  ],
  [
    "a libpq string with a password",
    SINGLE.replace("query: SELECT * FROM public.verse", "query: host=db user=me password=hunter2"),
    ["6:10 source.query: holds a secret; keep it in an environment variable and name that"],
  ],
  [
    "an AWS key",
    `${SINGLE}  region: AKIAIOSFODNN7EXAMPLE\n`,
    ["10:11 sink.region: holds a secret; keep it in an environment variable and name that"],
  ],
];

describe("config errors", () => {
  for (const [name, text, problems] of GOLDEN) {
    it(`finds ${problems.length === 0 ? "nothing wrong with" : "the place of"} ${name}`, () => {
      assert.deepEqual(problemsOf(text).toSorted(), [...problems].toSorted());
    });
  }

  it("reports every problem at once, in the order of the file", () => {
    const problems = problemsOf(
      SHARDED.replace("dataset: parcel", "dataset: a/b")
        .replace("  bucket: bronze\n", "")
        .replace("object:", "objekt: x\nobject:"),
    );
    assert.deepEqual(
      problems.map((line) => line.replace(/: .*/, "")),
      ["1:1 objekt", "5:10 dataset", "9:1 sink"],
    );
  });

  it("never repeats a secret that stands in the file", () => {
    const text = SINGLE.replace("query: SELECT * FROM public.verse", 'query: "postgres://me:hunter2@db/x"');
    assert.equal(problemsOf(text).join().includes("hunter2"), false);
  });

  it("doesn't take SQL that compares a column named password for a secret", () => {
    assert.deepEqual(problemsOf(SINGLE.replace("* FROM", "user = password AS x FROM")), []);
  });
});

describe("config values", () => {
  it("fills every default", () => {
    const config = parse(SINGLE);
    assert.equal(config.profile, "lake");
    assert.equal(config.source.dsn_env, "LINODE_DSN");
    assert.deepEqual(config.source.retry, { attempts: 4, min_delay_ms: 1000, max_delay_ms: 60000 });
    assert.deepEqual(config.read, { parallelism: 1, threads: "auto" });
    assert.equal(config.parquet.row_group_bytes, 32 << 20);
    assert.equal(config.sink.checksums, "crc32");
    assert.deepEqual(config.publish, { max_shrink: 0.05 });
  });

  it("keeps the query as it is written, to the last blank and line break", () => {
    const query = "  SELECT 1 -- \n   , 'a  b'\n\n";
    assert.equal(parse(SINGLE.replace("SELECT * FROM public.verse", JSON.stringify(query))).source.query, query);
    assert.equal(
      parse(SINGLE.replace("SELECT * FROM public.verse", "|\n    SELECT 1\n      , 2\n")).source.query,
      "SELECT 1\n  , 2\n",
    );
  });
});

describe("environment variables in a config", () => {
  const withBucket = (value: string) => SINGLE.replace("bucket: bronze", `bucket: ${value}`);

  it("expands a variable, and its default where it is unset or empty", () => {
    assert.equal(parse(withBucket("${B}"), { B: "abc" }).sink.bucket, "abc");
    assert.equal(parse(withBucket("${B:-def}"), {}).sink.bucket, "def");
    assert.equal(parse(withBucket("${B:-def}"), { B: "" }).sink.bucket, "def");
    assert.equal(parse(withBucket('"x-${B}-${C:-y}"'), { B: "abc" }).sink.bucket, "x-abc-y");
  });

  it("names variable, file and line when an unset variable has no default", () => {
    assert.deepEqual(problemsOf(withBucket("${NO_SUCH_BUCKET}")), [
      "8:11 sink.bucket: needs the environment variable NO_SUCH_BUCKET, which is not set; ${NO_SUCH_BUCKET:-default} gives a default",
    ]);
  });

  it("reads an unquoted variable as the number or the truth value that the key wants", () => {
    const text = `${SINGLE}  part_bytes: \${P}\n  path_style: \${S:-true}\nread:\n  threads: \${T}\n`;
    const config = parse(text, { P: "16777216", T: "2" });
    assert.equal(config.sink.part_bytes, 16777216);
    assert.equal(config.sink.path_style, true);
    assert.equal(config.read.threads, 2);
    assert.equal(parse(text, { P: "16777216", T: "auto" }).read.threads, "auto");
  });

  it("keeps an all-digit variable as text where the key wants text", () => {
    assert.equal(parse(withBucket("${B}"), { B: "12345" }).sink.bucket, "12345");
  });

  it("leaves SQL's own dollars alone", () => {
    for (const sql of ["SELECT $1", "SELECT $$a$$", "SELECT $tag$ x $tag$", 'SELECT $${"a":1}$$::json']) {
      assert.equal(parse(withQuery(`|\n    ${sql}\n`)).source.query, `${sql}\n`);
    }
  });

  it("takes $${NAME} for a literal ${NAME}, and refuses any other ${", () => {
    assert.equal(parse(withQuery("SELECT '$${HOME}'")).source.query, "SELECT '${HOME}'");
    assert.match(problemsOf(withQuery("SELECT '${HOME-x}'"))[0] ?? "", /neither \$\{NAME\} nor/);
  });

  it("doesn't expand keys, comments, or what a variable holds", () => {
    assert.equal(parse(`# \${NOPE}\n${withBucket("${B}")}`, { B: "abc" }).sink.bucket, "abc");
    assert.match(problemsOf(withBucket("${B}"), { B: "${C}" }).join(), /sink\.bucket: is not the name of an S3 bucket/);
  });

  it("allows a password that comes from a variable, and names the DSN's variable in any case", () => {
    assert.doesNotMatch(
      problemsOf(SINGLE.replace("query:", "dsn: postgres://me:${PW}@db/x\n  query:"), { PW: "p" }).join(),
      /secret/,
    );
  });
});
