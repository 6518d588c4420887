import { nearest } from "../model/did-you-mean.ts";
import { BronzeError } from "../model/errors.ts";
import { quoteIdentifier } from "../model/sql.ts";
import type { TableName } from "../model/table-name.ts";
import type { Lookup } from "../patterns/contract.ts";
import { isGlob, sqlMatches, type TablePattern } from "./pattern.ts";

/** Everything that a SELECT can read. Source: PostgreSQL docs, pg_class. */
const RELATIONS = `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')`;

/** What `*` stands for: tables with rows of their own, and partitioned ones as a whole. Neither the server's own nor an extension's. */
const OF_GLOBS = `c.relkind IN ('r', 'p') AND NOT c.relispartition
AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
  WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')`;

/**
 * The tables that `patterns` name and `exclude` doesn't, each once, in the order of the patterns and then of their names.
 * @throws BronzeError TABLE_MISSING for a pattern that matches nothing, and what `lookup` throws
 */
export async function findTables(
  patterns: readonly TablePattern[],
  exclude: readonly TablePattern[],
  lookup: Lookup,
): Promise<TableName[]> {
  const excluded = new Set((await Promise.all(exclude.map((pattern) => matching(pattern, lookup)))).flat().map(nameText));
  const found = new Map<string, TableName>();
  for (const pattern of patterns) {
    const tables = await matching(pattern, lookup);
    if (tables.length === 0) throw await missing(pattern, lookup);
    for (const table of tables) if (!excluded.has(nameText(table))) found.set(nameText(table), table);
  }
  if (found.size > 0) return [...found.values()];
  throw new BronzeError("TABLE_MISSING", "Every table that was named is excluded", { hint: "Take something out of --exclude." });
}

function nameText({ schema, table }: TableName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

async function matching(pattern: TablePattern, lookup: Lookup): Promise<TableName[]> {
  const { schema, table } = pattern;
  const conditions = [
    schema === null ? "pg_catalog.pg_table_is_visible(c.oid)" : sqlMatches("n.nspname", schema),
    sqlMatches("c.relname", table),
    ...(isGlob(pattern) ? [OF_GLOBS] : []),
  ];
  const rows = await lookup(`SELECT n.nspname AS schema, c.relname AS name FROM ${RELATIONS} AND ${conditions.join(" AND ")}
ORDER BY n.nspname, c.relname`);
  const tables = rows.map(({ schema, name }) => ({ schema: schema!, table: name! }));
  return isGlob(pattern) ? tables : closest(pattern, tables);
}

/** Of tables whose names differ in case alone, the one in the case that was typed. */
function closest({ schema, table }: TablePattern, tables: readonly TableName[]): TableName[] {
  const distance = (one: TableName): number =>
    (one.table === table.text ? 0 : 1) + (schema === null || one.schema === schema.text ? 0 : 2);
  return [...tables].sort((a, b) => distance(a) - distance(b)).slice(0, 1);
}

async function missing(pattern: TablePattern, lookup: Lookup): Promise<BronzeError> {
  const { text, schema, table } = pattern;
  const place = schema === null || schema.isGlob ? OF_GLOBS : sqlMatches("n.nspname", schema);
  const rows = await lookup(`SELECT n.nspname AS schema, c.relname AS name FROM ${RELATIONS} AND ${place} LIMIT 2000`);
  const meant = nearest(table.text, new Set(rows.map(({ name }) => name!)));
  const where = rows.find(({ name }) => name === meant)?.["schema"];
  const isEmpty = rows.length === 0 && schema !== null;
  return new BronzeError("TABLE_MISSING", isGlob(pattern) ? `No table matches ${text}` : `There is no table ${text}`, {
    hint:
      meant !== null && !table.isGlob
        ? `Did you mean ${where}.${meant}?`
        : isEmpty
          ? `Is there a schema ${schema.text} in this database, and may this role use it?`
          : "Check the table's name, its schema, and upper and lower case.",
    context: { source: text },
  });
}
