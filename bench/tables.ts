import type { Client } from "pg";
import type { TableName } from "./options.ts";
import { LINEITEM, LINEITEM_ROWS, PARCELS } from "./tables-sql.ts";

export interface BenchColumn {
  readonly name: string;
  /** `pg_type.typname`: numeric, bpchar, _text, geometry. */
  readonly type: string;
  /** bytea that holds EWKB, where PostGIS is not installed. */
  readonly holdsGeometry: boolean;
}

export interface BenchTable {
  readonly name: TableName;
  readonly rows: number;
  /** False when the table was there, and somebody else's: it is used as it is and never changed. */
  readonly ours: boolean;
  readonly columns: readonly BenchColumn[];
  /** Columns of the hash keys. */
  readonly keys: { readonly source: readonly string[]; readonly record: readonly string[] };
}

const KEYS = {
  lineitem: { source: ["l_orderkey", "l_linenumber"], record: ["l_orderkey", "l_linenumber", "l_comment"] },
  tx_parcel: { source: ["geoid", "ll_uuid"], record: ["geoid", "ll_uuid", "wkb_geometry"] },
} as const;

/** TPC-H's lineitem in shape and distribution, made in SQL: narrow, numeric, 6,000,000 rows for each unit of scale. */
export async function makeLineitem(client: Client, scale: number): Promise<BenchTable> {
  const rows = Math.round(6_000_000 * scale);
  await once(client, "lineitem", rows, [LINEITEM, LINEITEM_ROWS.replaceAll(":rows", String(rows))]);
  return found(client, "lineitem");
}

/** A county's parcels: 47 columns, a third of them sparse, a MultiPolygon of 8 to 40 vertices each. */
export async function makeParcels(client: Client, rows: number): Promise<BenchTable> {
  const postgis = (await client.query("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")).rows.length > 0;
  // Without PostGIS the geometry is bytea holding EWKB, as legacy tables have it.
  const geometry = postgis ? "(ewkb)::geometry(MultiPolygon, 4326)" : "ewkb";
  const fill = PARCELS.replaceAll(":rows", String(rows)).replaceAll(":geometry", geometry);
  await once(client, "tx_parcel", rows, postgis ? ["CREATE EXTENSION IF NOT EXISTS postgis", fill] : [fill]);
  return found(client, "tx_parcel");
}

/** SELECT for readers that know no PostGIS: geometries as WKB. */
export function plainSelect({ name, columns }: BenchTable): string {
  const list = columns.map(({ name, type }) => (type === "geometry" ? `ST_AsBinary("${name}") AS "${name}"` : `"${name}"`));
  return `SELECT ${list.join(", ")} FROM ${name}`;
}

/** The mark by which a table is known as made here, and how large. */
const MARK = /^pg-bronze bench, (\d+) rows$/;

/** Makes a table unless it is there with that many rows. A table without our mark belongs to somebody: it stays as it is. */
async function once(client: Client, table: TableName, rows: number, statements: readonly string[]): Promise<void> {
  const made = await markOf(client, table);
  if (made === "foreign" || made === rows) return;
  if (made !== "absent") await client.query(`DROP TABLE ${table}`);
  await client.query("SET work_mem = '256MB'; SET synchronous_commit = off; SET max_parallel_workers_per_gather = 0");
  await client.query("SELECT setseed(0.42)");
  for (const sql of statements) await client.query(sql);
  await client.query(`VACUUM (ANALYZE, FREEZE) ${table}`);
  await client.query(`COMMENT ON TABLE ${table} IS 'pg-bronze bench, ${rows} rows'`);
  await client.query("CHECKPOINT").catch(() => {}); // not everybody may
}

async function markOf(client: Client, table: TableName): Promise<number | "foreign" | "absent"> {
  const { rows } = await client.query<{ oid: string | null; comment: string | null }>(
    "SELECT to_regclass($1)::text AS oid, obj_description(to_regclass($1)) AS comment",
    [table],
  );
  const { oid, comment } = rows[0]!;
  if (oid === null) return "absent";
  const mark = MARK.exec(comment ?? "");
  return mark === null ? "foreign" : Number(mark[1]);
}

async function found(client: Client, name: TableName): Promise<BenchTable> {
  const mark = await markOf(client, name);
  const { rows: columns } = await client.query<{ name: string; type: string }>(
    `SELECT attname AS name, typname AS type FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [name],
  );
  const { rows: counts } = await client.query<{ rows: number }>(`SELECT count(*)::float8 AS rows FROM ${name}`);
  return {
    name,
    rows: counts[0]!.rows,
    ours: typeof mark === "number",
    columns: columns.map((column) => ({ ...column, holdsGeometry: column.name === "wkb_geometry" && column.type === "bytea" })),
    keys: KEYS[name],
  };
}
