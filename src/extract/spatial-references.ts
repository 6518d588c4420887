import { quoteLiteral } from "../model/sql.ts";
import type { SpatialReference } from "../parquet/geo/metadata.ts";
import type { ParquetField } from "../parquet/schema.ts";
import type { Source } from "../source/contract.ts";

/** What an SRID other than 0 stands for, by the source's own table. */
export type SpatialReferences = (srid: number) => SpatialReference;

/** Without PostGIS nobody says what an SRID stands for: such as the config gives are EPSG's codes. */
const epsgCodes: SpatialReferences = (srid) => ({ crs: `EPSG:${srid}` });

/**
 * Asks the source's spatial_ref_sys what the SRIDs of a table's geometries stand for: they are the database's own numbers, though most are EPSG's.
 * Where each column declares its SRID, only those are asked for; else all, without their definitions: 50 KB, and 0.1 s of the server's.
 */
export async function spatialReferences(
  source: Pick<Source, "lookup">,
  fields: readonly ParquetField[],
): Promise<SpatialReferences> {
  const srids = fields.flatMap(({ type }) => (type.type === "wkb" ? [type.srid] : []));
  if (srids.length === 0) return epsgCodes;
  const [table] = await source.lookup(TABLE);
  if (table === undefined) return epsgCodes;
  const name = table["name"]!;
  if (table["may_read"] !== "t") return () => ({ crs: null, why: `and the role may not read ${name}` });
  const known = new Map<number, SpatialReference>();
  for (const row of await source.lookup(rowsSql(name, srids))) {
    for (const srid of row["srids"]!.split(" ").map(Number)) known.set(srid, referenceOf(srid, row, name));
  }
  return (srid) => known.get(srid) ?? { crs: null, why: `which is not in ${name}` };
}

function referenceOf(srid: number, row: Readonly<Record<string, string | null>>, table: string): SpatialReference {
  const { auth_name: authority, auth_srid: code, contradicted } = row;
  if (!authority || code == null) return { crs: null, why: `for which ${table} names no authority` };
  const crs = `${authority.toUpperCase()}:${code === "" ? srid : code}`;
  return contradicted === "t" ? { crs: null, why: `which ${table} calls ${crs} and, in its srtext, something else` } : { crs };
}

/** PostGIS's own, wherever it was installed, ahead of any other table of that name. */
const TABLE = `
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
  pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS may_read
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'spatial_ref_sys' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND 4 = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attname IN ('srid', 'auth_name', 'auth_srid', 'srtext'))
ORDER BY EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.typnamespace = n.oid AND t.typname = 'geometry') DESC, n.nspname
LIMIT 1`;

/** The authority's code is '' where it is the SRID. A definition ends with its own AUTHORITY, or says nothing of one. */
function rowsSql(table: string, srids: readonly (number | null)[]): string {
  const declared = srids.filter((srid) => srid !== null);
  const where =
    declared.length < srids.length
      ? ""
      : `WHERE srid::pg_catalog.text IN (${declared.map((srid) => quoteLiteral(String(srid))).join(", ")})`;
  const end = "pg_catalog.right(srtext, 60)";
  const own = `${quoteLiteral('%AUTHORITY["')} || auth_name || ${quoteLiteral('","')} || auth_srid || ${quoteLiteral('"]]')}`;
  return `
SELECT auth_name, CASE WHEN auth_srid::pg_catalog.text = srid::pg_catalog.text THEN '' ELSE auth_srid::pg_catalog.text END AS auth_srid,
  COALESCE(${end} LIKE '%AUTHORITY["%","%"]]' AND ${end} NOT LIKE ${own}, false) AS contradicted,
  pg_catalog.string_agg(srid::pg_catalog.text, ' ') AS srids
FROM ${table} ${where} GROUP BY 1, 2, 3`;
}
