import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { duckdbColumns } from "../support/duckdb-values.ts";
import { extract, landed, objectConfig } from "../support/extract.ts";
import { workplace } from "../support/workplace.ts";

interface ColumnType {
  readonly sql: string;
  /** Values as text; never null. */
  readonly values: fc.Arbitrary<string>;
  /** What PostgreSQL says the column holds, as text … */
  readonly says: (column: string) => string;
  /** … and that as a JavaScript value, in the terms of `duckdbColumns`. */
  readonly parse: (text: string) => unknown;
}

const plain = (column: string): string => `${column}::text`;
const same = (value: string): string => value;
const type = (
  sql: string,
  values: fc.Arbitrary<string>,
  parse: ColumnType["parse"] = same,
  says: ColumnType["says"] = plain,
): ColumnType => ({ sql, values, says, parse });

const bigint = (bits: number): fc.Arbitrary<string> =>
  fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n }).map(String);
const text = fc
  .oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.constantFrom("", "a", "b", "ß", "null", "'; --", "\\", "\n"),
    fc.string({ minLength: 300, maxLength: 400 }),
  )
  .map((value) => value.replaceAll("\0", "0"));
const bytes = fc.uint8Array({ maxLength: 60 }).map((value) => `\\x${Buffer.from(value).toString("hex")}`);
const day = fc.integer({ min: -2_400_000, max: 2_900_000 });
const micros = fc.bigInt({ min: -62_000_000_000_000_000n, max: 250_000_000_000_000_000n });
const decimal = (precision: number, scale: number): fc.Arbitrary<string> =>
  fc.bigInt({ min: -(10n ** BigInt(precision)) + 1n, max: 10n ** BigInt(precision) - 1n }).map((unscaled) => {
    const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
    const whole = digits.slice(0, digits.length - scale);
    return `${unscaled < 0n ? "-" : ""}${whole}${scale === 0 ? "" : `.${digits.slice(-scale)}`}`;
  });

const microsSince1970 = (column: string): string => `(extract(epoch FROM ${column}) * 1000000)::bigint::text`;
const unscaled = (scale: number) => (column: string) => `(${column} * 1e${scale})::numeric(38,0)::text`;

const TYPES: ReadonlyMap<string, ColumnType> = new Map(
  [
    type("boolean", fc.boolean().map(String), (value) => value === "true"),
    type("smallint", bigint(16), Number),
    type("integer", bigint(32), Number),
    type("bigint", bigint(64), BigInt),
    type(
      "double precision",
      fc.double().map((value) => (Object.is(value, -0) ? "-0" : String(value))),
      Number,
    ),
    type("text", text),
    type("varchar(500)", text),
    type("bytea", bytes, same, (column) => `encode(${column}, 'hex')`),
    type("date", day.map(String), Number, (column) => `(${column} - '1970-01-01')::text`),
    type("timestamp", micros.map(String), BigInt, microsSince1970),
    type("timestamptz", micros.map(String), BigInt, microsSince1970),
    type("numeric(9,2)", decimal(9, 2), BigInt, unscaled(2)),
    type("numeric(18,6)", decimal(18, 6), BigInt, unscaled(6)),
    type("numeric(38,10)", decimal(38, 10), BigInt, unscaled(10)),
    type(
      "numeric",
      fc.tuple(decimal(30, 0), fc.nat(12)).map(([digits, places]) => `${digits}e-${places}`),
    ),
    type("uuid", fc.uuid()),
    type(
      "jsonb",
      fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value).replaceAll("\\u0000", "0")),
    ),
    type(
      "integer[]",
      fc.array(fc.oneof(bigint(32), fc.constant("NULL")), { maxLength: 5 }).map((items) => `{${items.join(",")}}`),
      (value) => JSON.parse(value) as unknown,
      (column) => `array_to_json(${column})::text`,
    ),
  ].map((one) => [one.sql, one]),
);

interface RandomTable {
  /** Names of {@link TYPES}. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly overrides: {
    readonly threads: number;
    readonly transport: "copy" | "cursor";
    readonly compression: "zstd" | "snappy" | "none";
  };
  readonly pageBytes: number;
}

function typeNamed(sql: string): ColumnType {
  return TYPES.get(sql) ?? assert.fail(sql);
}

const randomTable: fc.Arbitrary<RandomTable> = fc
  .array(fc.constantFrom(...TYPES.keys()), { minLength: 1, maxLength: 8 })
  .chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.array(fc.tuple(...columns.map(typeNamed).map(({ values }) => fc.option(values, { freq: 4 }))), { maxLength: 120 }),
      overrides: fc.record({
        threads: fc.constantFrom(0, 2),
        transport: fc.constantFrom("copy", "cursor"),
        compression: fc.constantFrom("zstd", "snappy", "none"),
      }),
      pageBytes: fc.constantFrom(64, 1000, 1 << 18),
    }),
  );

describe("any table", () => {
  const place = workplace();

  /** Text that PostgreSQL reads as the value; days and microseconds since 1970 are counted there. */
  function cast(sql: string, placeholder: string): string {
    if (sql === "date") return `'1970-01-01'::date + ${placeholder}::text::int`;
    if (sql.startsWith("timestamp"))
      return `('1970-01-01 00:00:00Z'::${sql} + ${placeholder}::text::bigint * interval '1 microsecond')`;
    return `${placeholder}::text::${sql}`;
  }

  async function fill({ columns, rows }: RandomTable): Promise<void> {
    await place.database.query("DROP TABLE IF EXISTS random_table");
    await place.database.query(`CREATE TABLE random_table (id int, ${columns.map((column, i) => `c${i} ${column}`).join(", ")})`);
    const list = columns.map((column, i) => cast(column, `(r->>${i})`)).join(", ");
    await place.database.query(
      `INSERT INTO random_table SELECT n, ${list} FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY e(r, n)`,
      [JSON.stringify(rows)],
    );
  }

  async function whatPostgresSays({ columns }: RandomTable): Promise<unknown[][]> {
    const list = columns.map((column, i) => `${typeNamed(column).says(`c${i}`)} AS c${i}`).join(", ");
    const rows = await place.database.query(`SELECT ${list} FROM random_table ORDER BY id`);
    return columns.map(typeNamed).map(({ parse }, i) =>
      rows.map((row) => {
        const value = row[`c${i}`] as string | null;
        return value === null ? null : parse(value);
      }),
    );
  }

  it("of random types and values is in DuckDB what it is in PostgreSQL", async () => {
    const property = fc.asyncProperty(randomTable, async (table) => {
      await fill(table);
      const config = objectConfig({
        source: { query: "SELECT * FROM random_table ORDER BY id" },
        parquet: { page_bytes: table.pageBytes },
      });
      const manifest = landed(await extract(config, place.database.dsn, place.folder.url, { overrides: table.overrides }));
      assert.equal(manifest.rows, table.rows.length);
      const [, ...columns] = (await duckdbColumns(fileURLToPath(manifest.url))).values();
      assert.deepEqual(columns, await whatPostgresSays(table));
    });
    await fc.assert(property, { numRuns: Number(process.env["PG_BRONZE_RANDOM_TABLES"] ?? 60) });
  });
});
