import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import { quoteLiteral } from "../model/sql.ts";
import type { Source } from "../source/contract.ts";
import { withRestarts } from "../source/restarts.ts";
import type { PlannedColumn } from "./contract.ts";
import { describeShard } from "./describe-shard.ts";
import type { LandingOptions } from "./options.ts";
import { openJobSource, restartPolicy, type SourceAccess, shardRead } from "./shard-source.ts";

/** What the catalog says of one shard's table. */
export interface Surveyed {
  readonly shard: Shard;
  /** Live rows as of the last ANALYZE or VACUUM; null when there was none. */
  readonly rows: number | null;
  /** TOAST included, indexes not. */
  readonly bytes: number | null;
  /** The columns that it would land, or why it can't. */
  readonly columns: readonly PlannedColumn[] | BronzeError;
  /** What would land, but not as one may think. */
  readonly warnings: readonly string[];
}

/** Told what is read from now on: `public.verse`. */
export type Reading = (what: string) => void;

/**
 * Looks at the tables of all shards on one connection, without reading them. Counties are alike, so that only one of each kind of table
 * is described: some statements for three thousand counties. Connection faults begin it again, and a source that is down is waited for.
 */
export function surveyShards(
  shards: readonly Shard[],
  options: LandingOptions,
  access: SourceAccess,
  reading: Reading = () => {},
): Promise<Surveyed[]> {
  return withRestarts(restartPolicy(access.config.source, access.signal), () => surveyOnce(shards, options, access, reading));
}

async function surveyOnce(
  shards: readonly Shard[],
  options: LandingOptions,
  access: SourceAccess,
  reading: Reading,
): Promise<Surveyed[]> {
  const source = await openJobSource("plan", access);
  try {
    if (shards.length > 1) reading(`the catalog for ${shards.length} tables`);
    const facts = await tableFacts(source, shards);
    const kinds = new Map<string, Promise<Described>>();
    const surveyed: Surveyed[] = [];
    for (const shard of shards) {
      const fact = facts.get(shard.id);
      const kind = shard.source.kind === "query" ? shard.id : fact?.kind;
      if (kind === undefined) {
        surveyed.push({ shard, rows: null, bytes: null, columns: missing(shard), warnings: [] });
        continue;
      }
      if (!kinds.has(kind)) {
        reading(shardRead(shard, options).name);
        kinds.set(kind, describe(source, shard, options));
      }
      surveyed.push({ shard, rows: fact?.rows ?? null, bytes: fact?.bytes ?? null, ...(await kinds.get(kind)!) });
    }
    return surveyed;
  } finally {
    await source.close();
  }
}

type Described = Pick<Surveyed, "columns" | "warnings">;

async function describe(source: Source, shard: Shard, options: LandingOptions): Promise<Described> {
  try {
    const { columns, table } = await describeShard(source, shard, options);
    return { columns, warnings: table.warnings };
  } catch (error) {
    if (!(error instanceof BronzeError) || error.code === "CANCELLED" || error.retryable) throw error;
    return { columns: error, warnings: [] };
  }
}

function missing({ source, id }: Shard): BronzeError {
  const name = source.kind === "table" ? `${source.schema}.${source.table}` : id;
  return new BronzeError("TABLE_MISSING", `There is no table ${name}`, {
    hint: "Check the table's name, its schema, and upper and lower case.",
    context: { shard: id, source: name },
  });
}

interface TableFact {
  readonly rows: number | null;
  readonly bytes: number | null;
  /** The same for tables of one sort (a view is another) whose columns have the same names and types. */
  readonly kind: string;
}

/** Tables at once in one statement: their names are in its text. */
const BATCH = 1_000;

async function tableFacts(source: Source, shards: readonly Shard[]): Promise<ReadonlyMap<string, TableFact>> {
  const tables = shards.flatMap(({ id, source: table }) => (table.kind === "table" ? [{ id, ...table }] : []));
  const facts = new Map<string, TableFact>();
  for (let from = 0; from < tables.length; from += BATCH) {
    for (const row of await source.lookup(factsSql(tables.slice(from, from + BATCH)))) {
      const rows = Number(row["rows"]);
      facts.set(row["id"]!, {
        rows: rows >= 0 ? rows : null,
        bytes: row["bytes"] === null ? null : Number(row["bytes"]),
        kind: row["kind"] ?? "",
      });
    }
  }
  return facts;
}

/** reltuples of a table that was never analysed is -1 (0 before PostgreSQL 14, together with no pages). Source: PostgreSQL docs, pg_class. */
function factsSql(tables: readonly { readonly id: string; readonly schema: string; readonly table: string }[]): string {
  const values = tables.map(({ id, schema, table }) => `(${[id, schema, table].map(quoteLiteral).join(", ")})`).join(", ");
  return `
SELECT w.id, CASE WHEN c.reltuples = 0 AND c.relpages = 0 AND pg_catalog.pg_relation_size(c.oid) > 0 THEN -1 ELSE c.reltuples END::pg_catalog.int8 AS rows,
  CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_table_size(c.oid) END AS bytes,
  pg_catalog.concat(c.relkind, (SELECT pg_catalog.md5(pg_catalog.string_agg(
     pg_catalog.format('%L %s %s %s', a.attname, a.atttypid, a.atttypmod, a.attndims), ' ' ORDER BY a.attnum))
   FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)) AS kind
FROM (VALUES ${values}) AS w(id, schema_name, table_name)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema_name::pg_catalog.name
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.table_name::pg_catalog.name AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`;
}
