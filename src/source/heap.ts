import { BronzeError } from "../model/errors.ts";
import type { Connection } from "./connection.ts";
import type { BlockRange, HeapTable } from "./contract.ts";
import { describeStatement, queryText, run } from "./query.ts";
import { checkSelect } from "./select.ts";

/** What a query may not hold, because a condition on ctid couldn't be put behind it, or would change what it gives. */
const NOT_BEHIND = [
  ...["WITH", "VALUES", "TABLE", "JOIN", "WHERE", "GROUP", "HAVING", "WINDOW", "UNION", "INTERSECT", "EXCEPT"],
  ...["ORDER", "LIMIT", "OFFSET", "FETCH", "FOR", "TABLESAMPLE"],
];

/** Before 14 a condition on ctid reads the whole table each time. Source: PostgreSQL 14 release notes, "TID range scans". */
const TID_RANGE_SCANS = 140_000;

/** A scan of a range, whatever the costs say, by one process: its rows come in the order of the heap. */
const RANGE_SETTINGS = ["SET LOCAL enable_seqscan = off", "SET LOCAL max_parallel_workers_per_gather = 0"] as const;

/** The rows of a query that lie in some blocks of its table's heap; the query is one that {@link heapTable} knows. */
export function rangeSelect(select: string, { from, to }: BlockRange): string {
  const until = to === null ? "" : ` AND ctid < '(${to},0)'::pg_catalog.tid`;
  return `${checkSelect(select).text}\nWHERE ctid >= '(${from},0)'::pg_catalog.tid${until}`;
}

/**
 * Makes sure that the ranges of {@link rangeSelect} together give exactly the query's rows: it gives columns of one heap as they are,
 * and the server plans a range as a scan of that heap and nothing else.
 * @throws BronzeError CONFIG_INVALID saying why not, QUERY_INVALID. Other errors are `pg`'s.
 */
export async function heapTable(connection: Connection, select: string): Promise<HeapTable> {
  checkVersion(connection);
  const checked = checkSelect(select);
  const word = NOT_BEHIND.find((one) => checked.words.has(one));
  if (word !== undefined) throw refused(`the query has ${word}`);
  const columns = await describeStatement(connection, `SELECT * FROM (\n${checked.text}\n) AS "q"`);
  const [table = 0, ...others] = new Set(columns.map(({ tableID }) => tableID));
  if (table === 0 || others.length > 0) throw refused("the query gives more than columns of one table as they are");
  const heap = await relation(connection, table);
  await run(connection, "SAVEPOINT heap_table", ...RANGE_SETTINGS);
  try {
    await checkPlan(connection, select, heap.name);
  } finally {
    await run(connection, "ROLLBACK TO SAVEPOINT heap_table", "RELEASE SAVEPOINT heap_table");
  }
  return heap;
}

/**
 * Readies a session for reading ranges. Planning locks the table as reading does, now: whoever came later and waited for the first
 * session to end would keep this one waiting, too.
 */
export async function beginRanges(connection: Connection, select: string): Promise<void> {
  await run(connection, ...RANGE_SETTINGS);
  await checkPlan(connection, select, "the table");
}

/** @throws BronzeError CONFIG_INVALID */
export function checkVersion({ serverVersion, serverVersionNum }: Pick<Connection, "serverVersion" | "serverVersionNum">): void {
  if (serverVersionNum < TID_RANGE_SCANS) {
    throw refused(`PostgreSQL ${serverVersion} reads the whole table for every part of it; PostgreSQL 14 and later don't`);
  }
}

const KINDS: Readonly<Record<string, string>> = { v: "a view", p: "a partitioned table", f: "a foreign table" };

const RELATION = `
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind, a.amname,
  CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::pg_catalog.int8 END,
  CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_table_size(c.oid) END
FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
WHERE c.oid = $1::pg_catalog.oid`;

async function relation(connection: Connection, oid: number): Promise<HeapTable> {
  const { rows } = await queryText(connection, RELATION, [String(oid)]);
  const [name = null, kind = null, method = null, blocks = null, bytes = null] = rows[0] ?? [];
  if (kind !== "r" && kind !== "m") throw refused(`${name} is ${KINDS[kind ?? ""] ?? "no table"}`);
  if (method !== "heap") throw refused(`${name} is kept by ${method}, not in a heap`);
  return { name: name ?? "", blocks: Number(blocks), bytes: Number(bytes) };
}

interface PlanNode {
  readonly "Node Type": string;
  readonly Filter?: string;
  readonly Plans?: readonly unknown[];
}

async function checkPlan(connection: Connection, select: string, name: string): Promise<void> {
  const explain = `EXPLAIN (FORMAT JSON, COSTS OFF)\n${rangeSelect(select, { from: 0, to: 1 })}`;
  const { rows } = await queryText(connection, explain).catch((error: unknown) => {
    throw NO_CTID.has(sqlState(error)) ? refused(`${name} is not all that the query reads from`) : error;
  });
  const [plan] = JSON.parse(rows[0]?.[0] ?? "[]") as { readonly Plan: PlanNode }[];
  const node = plan?.Plan;
  if (node?.["Node Type"] === "Tid Range Scan" && node.Filter === undefined && node.Plans === undefined) return;
  throw refused(
    `the server reads ${name} by more than one scan (${node?.["Node Type"]}): has it children, or the query another part?`,
  );
}

/** undefined_column and ambiguous_column: there is no ctid, or there are several. */
const NO_CTID = new Set(["42703", "42702"]);

function sqlState(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function refused(why: string): BronzeError {
  return new BronzeError("CONFIG_INVALID", `Can't be read over several connections: ${why}`, {
    hint: "read.parallelism is for whole tables, and for SELECT columns FROM table without conditions. Set it (--parallelism, PARALLELISM) to 1.",
  });
}
