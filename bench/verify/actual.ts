import type { DuckDBConnection } from "@duckdb/node-api";
import { plainNumber } from "./column-kind.ts";
import { type ColumnSums, withSample } from "./expected.ts";

/** A column of a file that differs from the source, or can't be compared. */
interface Difference {
  readonly column: string;
  readonly what: string;
}

export interface Verdict {
  readonly rows: number;
  /** Empty when every column's sums are the source's. */
  readonly differences: readonly Difference[];
}

export async function openDuckdb(): Promise<DuckDBConnection> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  // Geometry as the bytes in the file, not as DuckDB's own type.
  await connection.run("SET enable_geoparquet_conversion = false");
  return connection;
}

/** Reads a Parquet file through DuckDB, column by column, and compares with the source's sums. */
export async function verifyFile(duckdb: DuckDBConnection, file: string, expected: readonly ColumnSums[]): Promise<Verdict> {
  const source = `read_parquet('${file.replaceAll("'", "''")}')`;
  const types = new Map((await rowsOf(duckdb, `DESCRIBE SELECT * FROM ${source}`)).map(([name, type]) => [name!, type!]));
  const [[rows]] = (await rowsOf(duckdb, `SELECT count(*)::VARCHAR FROM ${source}`)) as [[string]];
  const differences: Difference[] = [];
  for (const column of expected) {
    const type = types.get(column.name);
    const what = type === undefined ? "missing" : await compareColumn(duckdb, source, column, type, expected[0]!.name);
    if (what !== null) differences.push({ column: column.name, what });
  }
  return { rows: Number(rows), differences };
}

async function compareColumn(
  duckdb: DuckDBConnection,
  source: string,
  column: ColumnSums,
  type: string,
  key: string,
): Promise<string | null> {
  const list = withSample(fileSums(column, type), `"${key}"`).map((sql) => `(${sql})::VARCHAR`);
  try {
    const [values] = await rowsOf(duckdb, `SELECT ${list.join(", ")} FROM ${source}`);
    const found = values!.map((value) => plainNumber(value ?? "0"));
    const at = found.findIndex((value, i) => value !== column.sums[i]);
    return at === -1 ? null : `${type}, ${at === 0 ? "count" : "sum"} ${found[at]} instead of ${column.sums[at]}`;
  } catch (error) {
    return `${type}: ${(error as Error).message.split("\n")[0]}`;
  }
}

/** The counterparts of expected.ts, in DuckDB's SQL, for whatever type the file gave the column. */
function fileSums({ name, kind }: ColumnSums, type: string): string[] {
  const column = `"${name}"`;
  const count = `count(${column})`;
  switch (kind) {
    case "integer":
      return [count, `sum(${column}::BIGINT)`];
    case "decimal":
      return [count, `sum(${column}::DECIMAL(38, 10))`];
    case "bool":
      return [count, `sum(${column}::INT)`];
    case "float":
      return [count, ...floatSums(column)];
    case "date":
      return [count, `sum(${column}::DATE - DATE '1970-01-01')`];
    case "timestamp":
      return [count, `sum(epoch_us(${column}))`];
    case "text":
    case "chars":
      return [count, `sum(strlen(${column}::VARCHAR))`, digestSum(`${column}::VARCHAR`)];
    case "bytes":
    case "geometry":
    case "ewkb": {
      const bytes = type.startsWith("GEOMETRY") ? `ST_AsWKB(${column})` : column;
      const sums = [count, `sum(octet_length(${bytes}))`];
      return kind === "ewkb" ? sums : [...sums, digestSum(bytes)];
    }
    case "list":
      return [count, digestSum(`array_to_string(list_transform(${column}, lambda x: coalesce(x::VARCHAR, '∅')), ',')`)];
  }
}

function digestSum(sql: string): string {
  return `sum(('0x' || substr(md5(${sql}), 1, 8))::BIGINT)`;
}

function floatSums(column: string): string[] {
  const scaled = `${column} * 1048576`;
  return [`sum(floor(${scaled})::BIGINT)`, `sum(floor((${scaled} - floor(${scaled})) * 4294967296)::BIGINT)`];
}

async function rowsOf(duckdb: DuckDBConnection, sql: string): Promise<(string | null)[][]> {
  return (await duckdb.runAndReadAll(sql)).getRowsJson() as (string | null)[][];
}
