import type { PgAttribute, PgType } from "../pgtypes/contract.ts";
import type { Connection } from "./connection.ts";
import { queryText } from "./query.ts";

/** One row of {@link TYPES}, as JSON. */
interface TypeRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly typtype: string;
  readonly extension: string | null;
  readonly output: string;
  readonly send: string | null;
  /** Element of a true array (one that array_out prints), else 0. */
  readonly element: number;
  readonly base: number;
  readonly typmod: number;
  readonly ndims: number;
  readonly attributes: readonly { name: string; type: number; typmod: number; ndims: number }[] | null;
}

/**
 * The types asked for and all that they are made of. `typelem` alone doesn't make an array: point and name have one too.
 * Works from PostgreSQL 10 on. Source: PostgreSQL docs, pg_type, pg_attribute, pg_depend.
 */
const TYPES = `
WITH RECURSIVE needed(oid) AS (
  SELECT unnest($1::pg_catalog.oid[])
  UNION
  SELECT part.oid
  FROM needed
  JOIN pg_catalog.pg_type t ON t.oid = needed.oid
  CROSS JOIN LATERAL (
    SELECT t.typelem WHERE t.typelem <> 0 AND t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc
    UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
    UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
      WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
  ) AS part(oid)
)
SELECT pg_catalog.json_build_object(
  'oid', t.oid::pg_catalog.int8, 'schema', n.nspname, 'name', t.typname, 'typtype', t.typtype, 'extension', e.extname,
  'output', (SELECT pg_catalog.quote_ident(fn.nspname) || '.' || pg_catalog.quote_ident(f.proname)
    FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace WHERE f.oid = t.typoutput),
  'send', (SELECT pg_catalog.quote_ident(fn.nspname) || '.' || pg_catalog.quote_ident(f.proname)
    FROM pg_catalog.pg_proc f JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace WHERE f.oid = t.typsend),
  'element', CASE WHEN t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc THEN t.typelem::pg_catalog.int8 ELSE 0 END,
  'base', t.typbasetype::pg_catalog.int8, 'typmod', t.typtypmod, 'ndims', t.typndims,
  'attributes', CASE WHEN t.typtype = 'c' THEN (
    SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', a.attname, 'type', a.atttypid::pg_catalog.int8, 'typmod', a.atttypmod, 'ndims', a.attndims) ORDER BY a.attnum)
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END
)::pg_catalog.text
FROM needed
JOIN pg_catalog.pg_type t ON t.oid = needed.oid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_depend d
  ON d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid`;

const KINDS: Readonly<Record<string, PgType["kind"]>> = {
  b: "base",
  c: "composite",
  d: "domain",
  e: "enum",
  r: "range",
  m: "multirange",
  p: "pseudo",
};

/** Types by OID, resolved down to base types, in one round trip. Errors are `pg`'s. */
export async function loadTypes(connection: Connection, oids: Iterable<number>): Promise<ReadonlyMap<number, PgType>> {
  const { rows } = await queryText(connection, TYPES, [`{${[...new Set(oids)].join(",")}}`]);
  const found = new Map<number, TypeRow>();
  for (const [json] of rows) {
    const row = JSON.parse(json ?? "null") as TypeRow;
    found.set(row.oid, row);
  }
  const types = new Map<number, PgType>();
  for (const oid of found.keys()) build(oid, found, types);
  return types;
}

/** The catalog has no cycles: PostgreSQL refuses a composite type within itself. */
function build(oid: number, found: ReadonlyMap<number, TypeRow>, types: Map<number, PgType>): PgType {
  const done = types.get(oid);
  if (done !== undefined) return done;
  const row = found.get(oid);
  if (row === undefined) throw new Error(`pg_type has no row of OID ${oid}`);
  const attribute = (a: { name: string; type: number; typmod: number; ndims: number }): PgAttribute => ({
    name: a.name,
    type: build(a.type, found, types),
    typmod: a.typmod,
    dimensions: a.ndims,
  });
  const kind = row.element !== 0 ? "array" : (KINDS[row.typtype] ?? "base");
  const type: PgType = {
    oid,
    schema: row.schema,
    name: row.name,
    kind,
    extension: row.extension,
    output: row.output,
    send: row.send,
    ...(kind === "array" ? { element: build(row.element, found, types) } : {}),
    ...(kind === "domain" ? { base: { type: build(row.base, found, types), typmod: row.typmod, dimensions: row.ndims } } : {}),
    ...(kind === "composite" ? { attributes: (row.attributes ?? []).map(attribute) } : {}),
  };
  types.set(oid, type);
  return type;
}

/** What a table says of one of its columns. */
export interface TableColumn {
  /** Declared array dimensions; a domain's are its own, for a result column of a domain is described as its base type. */
  readonly dimensions: number;
  readonly notNull: boolean;
}

/**
 * By `${table OID}.${column number}`. `notNull` only where the server enforces it for all rows that a SELECT of the table gives:
 * not for foreign tables, whose promise nobody checks, nor parents of plain inheritance, whose children may differ, nor a
 * constraint that is not validated (PostgreSQL 18).
 */
const TABLE_COLUMNS = `
SELECT a.attrelid::pg_catalog.int8, a.attnum,
  CASE WHEN t.typtype = 'd' THEN t.typndims ELSE a.attndims END,
  (a.attnotnull AND (c.relkind = 'p' OR c.relkind = 'r' AND NOT c.relhassubclass) AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_constraint k
    WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated))::pg_catalog.text
FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = ANY ($1::pg_catalog.oid[]) AND a.attnum > 0`;

export async function loadTableColumns(
  connection: Connection,
  tables: Iterable<number>,
): Promise<ReadonlyMap<string, TableColumn>> {
  const oids = [...new Set(tables)];
  if (oids.length === 0) return new Map();
  const { rows } = await queryText(connection, TABLE_COLUMNS, [`{${oids.join(",")}}`]);
  return new Map(
    rows.map(([table, number, ndims, notNull]) => [
      `${table}.${number}`,
      { dimensions: Number(ndims), notNull: notNull === "true" },
    ]),
  );
}

/** Each type with its modifier as the server writes it: `numeric(10,2)`. In the order given. */
export async function declaredTypes(
  connection: Connection,
  columns: readonly { readonly dataTypeID: number; readonly dataTypeModifier: number }[],
): Promise<readonly string[]> {
  const { rows } = await queryText(
    connection,
    `SELECT pg_catalog.format_type(c.type, c.typmod)
     FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.int4[]))
       WITH ORDINALITY AS c(type, typmod, place) ORDER BY c.place`,
    [
      `{${columns.map((column) => column.dataTypeID).join(",")}}`,
      `{${columns.map((column) => column.dataTypeModifier).join(",")}}`,
    ],
  );
  return rows.map(([text]) => text ?? "");
}
