import type { Client } from "pg";
import type { BenchColumn, BenchTable } from "../tables.ts";
import { type ColumnKind, kindOf, plainNumber } from "./column-kind.ts";

/**
 * What one column holds, whatever the order of its rows: values that aren't null, sums, and the last sum once more over the rows
 * of every seventh key, which would show values that ended up in other rows.
 */
export interface ColumnSums {
  readonly name: string;
  readonly kind: ColumnKind;
  readonly sums: readonly string[];
}

/** The source's own sums of every column, computed by PostgreSQL in one pass. */
export async function expectedSums(client: Client, table: BenchTable): Promise<ColumnSums[]> {
  const key = `"${keyColumn(table)}"`;
  const measures = table.columns.map((column) => ({ column, kind: kindOf(column), sql: withSample(sourceSums(column), key) }));
  const list = measures.flatMap(({ sql }) => sql).map((sql, i) => `(${sql})::text AS s${i}`);
  const { rows } = await client.query<Record<string, string | null>>(`SELECT ${list.join(", ")} FROM ${table.name}`);
  const values = Object.values(rows[0]!).map((value) => plainNumber(value ?? "0"));
  return measures.map(({ column, kind, sql }) => ({ name: column.name, kind, sums: values.splice(0, sql.length) }));
}

/** An integer that tells the rows apart: the first column. */
function keyColumn(table: BenchTable): string {
  return table.columns[0]!.name;
}

/** The same SQL for both engines. */
export function withSample(sums: readonly string[], key: string): string[] {
  return [...sums, `${sums.at(-1)} FILTER (WHERE ${key} % 7 = 3)`];
}

function sourceSums(column: BenchColumn): string[] {
  const name = `"${column.name}"`;
  const count = `count(${name})`;
  switch (kindOf(column)) {
    case "integer":
    case "decimal":
      return [count, `sum(${name})`];
    case "bool":
      return [count, `sum(${name}::int)`];
    case "float":
      return [count, ...floatSums(name)];
    case "date":
      return [count, `sum(${name} - date '1970-01-01')`];
    case "timestamp":
      return [count, `sum(round(extract(epoch from ${name}) * 1000000)::bigint)`];
    case "text":
      return [count, `sum(octet_length(${name}::text))`, digestSum(`${name}::text`)];
    // A cast to text would strip the blanks.
    case "chars":
      return [count, `sum(octet_length(${name}))`, digestSum(`bpcharsend(${name})`)];
    case "bytes":
      return [count, `sum(octet_length(${name}))`, digestSum(name)];
    case "geometry":
      return [count, `sum(octet_length(ST_AsBinary(${name})))`, digestSum(`ST_AsBinary(${name})`)];
    // Without PostGIS only the length is known: WKB is EWKB without the four bytes of its SRID.
    case "ewkb":
      return [count, `sum(octet_length(${name}) - 4)`];
    case "list":
      return [count, digestSum(`array_to_string(${name}, ',', '∅')`)];
  }
}

/** The sum of 32 bits of each value's MD5: a change of any value shows. */
function digestSum(sql: string): string {
  return `sum(('x' || substr(md5(${sql}), 1, 8))::bit(32)::bigint)`;
}

/**
 * Floating-point sums depend on the order of the rows. Multiplied by 2^20 and cut, the values are integers, whose sum doesn't; what
 * was cut off, times 2^32, is the second one. Powers of two change no digit, so both engines compute the same.
 */
function floatSums(name: string): string[] {
  const scaled = `${name} * 1048576`;
  return [`sum(floor(${scaled})::numeric)`, `sum(floor((${scaled} - floor(${scaled})) * 4294967296)::numeric)`];
}
