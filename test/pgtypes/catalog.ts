import type pg from "pg";
import type { PgAttribute, PgType, SourceColumn } from "../../src/pgtypes/contract.ts";

/** The catalog's own word on types, read as plainly as can be: one query a type. */

const KINDS: Record<string, PgType["kind"]> = {
  b: "base",
  c: "composite",
  d: "domain",
  e: "enum",
  r: "range",
  m: "multirange",
  p: "pseudo",
};

const TYPE = `
  SELECT t.oid::int8::text AS oid, n.nspname, t.typname, t.typtype::text, t.typelem::int8::text AS typelem, t.typlen,
         t.typrelid::int8::text AS typrelid, t.typbasetype::int8::text AS typbasetype, t.typtypmod, t.typndims,
         t.typtype = 'b' AND t.typoutput = 'pg_catalog.array_out'::regproc AS is_array, x.extname,
         format('%I.%I', pon.nspname, po.proname) AS output,
         CASE WHEN t.typsend <> 0 THEN format('%I.%I', psn.nspname, ps.proname) END AS send
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  JOIN pg_proc po ON po.oid = t.typoutput JOIN pg_namespace pon ON pon.oid = po.pronamespace
  LEFT JOIN pg_proc ps ON ps.oid = t.typsend LEFT JOIN pg_namespace psn ON psn.oid = ps.pronamespace
  LEFT JOIN pg_depend d ON d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
  LEFT JOIN pg_extension x ON x.oid = d.refobjid
  WHERE t.oid = $1`;

export async function readType(client: pg.Client, oid: number, known = new Map<number, PgType>()): Promise<PgType> {
  const found = known.get(oid);
  if (found !== undefined) return found;
  const { rows } = await client.query(TYPE, [oid]);
  const row = rows[0];
  const kind = row.is_array ? "array" : KINDS[row.typtype]!;
  const type: PgType = {
    oid,
    schema: row.nspname,
    name: row.typname,
    kind,
    extension: row.extname,
    output: row.output,
    send: row.send,
    ...(kind === "array" ? { element: await readType(client, Number(row.typelem), known) } : {}),
    ...(kind === "composite" ? { attributes: await readAttributes(client, Number(row.typrelid), known) } : {}),
    ...(kind === "domain"
      ? {
          base: {
            type: await readType(client, Number(row.typbasetype), known),
            typmod: row.typtypmod,
            dimensions: row.typndims,
          },
        }
      : {}),
  };
  known.set(oid, type);
  return type;
}

async function readAttributes(client: pg.Client, relation: number, known: Map<number, PgType>): Promise<PgAttribute[]> {
  const { rows } = await client.query(
    `SELECT attname, atttypid::int8::text AS atttypid, atttypmod, attndims FROM pg_attribute
     WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [relation],
  );
  const attributes: PgAttribute[] = [];
  for (const row of rows) {
    const type = await readType(client, Number(row.atttypid), known);
    attributes.push({ name: row.attname, type, typmod: row.atttypmod, dimensions: row.attndims });
  }
  return attributes;
}

/** The columns of a table, as `Source.describe` gives them for a SELECT of it. */
export async function tableColumns(client: pg.Client, table: string): Promise<SourceColumn[]> {
  const { rows } = await client.query("SELECT $1::regclass::oid::int8::text AS oid", [table]);
  const attributes = await readAttributes(client, Number(rows[0].oid), new Map());
  return attributes.map((attribute) => ({ ...attribute, nullable: true }));
}
