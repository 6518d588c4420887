import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { extract, type Folder, landed, objectConfig, temporaryFolder } from "../support/extract.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

interface ColumnType {
  readonly sql: string;
  /** Values as SQL text, null for null; never null itself. */
  readonly values: fc.Arbitrary<string>;
  /** The column as text, the same from both engines. */
  readonly postgres: (column: string) => string;
  readonly duckdb: (column: string) => string;
}

const plain = (column: string): string => `${column}::text`;
const type = (
  sql: string,
  values: fc.Arbitrary<string>,
  postgres: ColumnType["postgres"] = plain,
  duckdb: ColumnType["duckdb"] = postgres,
): ColumnType => ({ sql, values, postgres, duckdb });

const bigint = (bits: number): fc.Arbitrary<string> =>
  fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n }).map(String);
const text = fc
  .oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.constantFrom("", "a", "b", "ß", "null", "'; --", "\\", "\n"),
    fc.string({ minLength: 300, maxLength: 400 }),
  )
  .map((value) => value.replaceAll("\0", "0").toWellFormed());
const bytes = fc.uint8Array({ maxLength: 60 }).map((value) => `\\x${Buffer.from(value).toString("hex")}`);
const day = fc.integer({ min: -2_400_000, max: 2_900_000 });
const micros = fc.bigInt({ min: -62_000_000_000_000_000n, max: 250_000_000_000_000_000n });
const decimal = (precision: number, scale: number): fc.Arbitrary<string> =>
  fc.bigInt({ min: -(10n ** BigInt(precision)) + 1n, max: 10n ** BigInt(precision) - 1n }).map((unscaled) => {
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
    const whole = digits.slice(0, digits.length - scale);
    return `${unscaled < 0n ? "-" : ""}${whole}${scale === 0 ? "" : `.${digits.slice(-scale)}`}`;
  });

/** `hex` of the eight bytes: what float text doesn't show, such as the sign of zero, must land too. */
const TYPES: readonly ColumnType[] = [
  type("boolean", fc.boolean().map(String)),
  type("smallint", bigint(16)),
  type("integer", bigint(32)),
  type("bigint", bigint(64)),
  type(
    "double precision",
    fc.double().map((value) => (Object.is(value, -0) ? "-0" : String(value))),
    (c) => `CASE WHEN ${c} = 'NaN' THEN 'nan' ELSE encode(float8send(${c}), 'hex') END`,
    (c) => `CASE WHEN isnan(${c}) THEN 'nan' ELSE lower(hex_of(${c})) END`,
  ),
  type("text", text),
  type("varchar(500)", text),
  type(
    "bytea",
    bytes,
    (c) => `encode(${c}, 'hex')`,
    (c) => `lower(hex(${c}))`,
  ),
  type(
    "date",
    day.map(String),
    (c) => `(${c} - '1970-01-01')::text`,
    (c) => `date_diff('day', DATE '1970-01-01', ${c})::text`,
  ),
  type(
    "timestamp",
    micros.map(String),
    (c) => `(extract(epoch FROM ${c}) * 1000000)::bigint::text`,
    (c) => `epoch_us(${c})::text`,
  ),
  type(
    "timestamptz",
    micros.map(String),
    (c) => `(extract(epoch FROM ${c}) * 1000000)::bigint::text`,
    (c) => `epoch_us(${c})::text`,
  ),
  type("numeric(9,2)", decimal(9, 2)),
  type("numeric(18,6)", decimal(18, 6)),
  type("numeric(38,10)", decimal(38, 10)),
  type(
    "numeric",
    fc.tuple(decimal(30, 0), fc.nat(12)).map(([digits, places]) => (places === 0 ? digits : `${digits}e-${places}`)),
  ),
  type("uuid", fc.uuid()),
  type(
    "jsonb",
    fc.json({ maxDepth: 2, noUnicodeString: true } as object).map((value) => value.replaceAll("\\u0000", "0")),
  ),
  type(
    "integer[]",
    fc.array(fc.oneof(bigint(32), fc.constant("NULL")), { maxLength: 5 }).map((items) => `{${items.join(",")}}`),
    (c) => `array_to_json(${c})::text`,
    (c) => `to_json(${c})::text`,
  ),
];

interface RandomTable {
  readonly columns: readonly ColumnType[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly overrides: {
    readonly threads: number;
    readonly transport: "copy" | "cursor";
    readonly compression: "zstd" | "snappy" | "none";
  };
  readonly pageBytes: number;
}

const randomTable: fc.Arbitrary<RandomTable> = fc
  .array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 8 })
  .chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.array(fc.tuple(...columns.map(({ values }) => fc.option(values, { freq: 4 }))), { maxLength: 120 }),
      overrides: fc.record({
        threads: fc.constantFrom(0, 2),
        transport: fc.constantFrom("copy", "cursor"),
        compression: fc.constantFrom("zstd", "snappy", "none"),
      }),
      pageBytes: fc.constantFrom(64, 1000, 1 << 18),
    }),
  );

describe("any table", () => {
  let database: TestDatabase;
  let folder: Folder;
  before(async () => {
    folder = await temporaryFolder();
    database = await testDatabase();
  });
  after(async () => {
    await database.drop();
    await folder.remove();
  });

  /** Text that PostgreSQL reads as the value; days and microseconds since 1970 are counted there. */
  function cast(column: ColumnType, placeholder: string): string {
    if (column.sql === "date") return `'1970-01-01'::date + ${placeholder}::text::int`;
    if (column.sql.startsWith("timestamp"))
      return `('1970-01-01 00:00:00Z'::${column.sql} + make_interval(secs => 0) + ${placeholder}::text::bigint * interval '1 microsecond')`;
    return `${placeholder}::text::${column.sql}`;
  }

  async function fill({ columns, rows }: RandomTable): Promise<void> {
    await database.query("DROP TABLE IF EXISTS random_table");
    await database.query(`CREATE TABLE random_table (id int, ${columns.map((column, i) => `c${i} ${column.sql}`).join(", ")})`);
    const list = columns.map((column, i) => cast(column, `r->>${i}`)).join(", ");
    await database.query(
      `INSERT INTO random_table SELECT n, ${list} FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY e(r, n)`,
      [JSON.stringify(rows)],
    );
  }

  it("of random types and values is in DuckDB what it is in PostgreSQL", { timeout: 120_000 }, async () => {
    const instance = await DuckDBInstance.create(":memory:");
    const duckdb = await instance.connect();
    await duckdb.run("SET TimeZone = 'UTC'");
    await duckdb.run("CREATE MACRO hex_of(x) AS printf('%016x', 0)");
    try {
      await fc.assert(
        fc.asyncProperty(randomTable, async (table) => {
          await fill(table);
          const config = objectConfig({
            source: { query: "SELECT * FROM random_table ORDER BY id" },
            parquet: { page_bytes: table.pageBytes },
          });
          const manifest = landed(await extract(config, database.dsn, folder.url, { overrides: table.overrides }));
          assert.equal(manifest.rows, table.rows.length);
          const list = (engine: "postgres" | "duckdb"): string =>
            table.columns.map((column, i) => `${column[engine](`c${i}`)} AS c${i}`).join(", ");
          const expected = await database.query(`SELECT ${list("postgres")} FROM random_table ORDER BY id`);
          const reader = await duckdb.runAndReadAll(
            `SELECT ${list("duckdb")} FROM read_parquet('${fileURLToPath(manifest.url)}') ORDER BY id`,
          );
          assert.deepEqual(reader.getRowObjectsJson(), expected);
        }),
        { numRuns: Number(process.env["PG_BRONZE_RANDOM_TABLES"] ?? 60) },
      );
    } finally {
      duckdb.closeSync();
      instance.closeSync();
    }
  });
});
