import { quoteIdentifier, quoteLiteral } from "../model/sql.ts";
import type { TableName } from "../model/table-name.ts";
import type { Lookup } from "../patterns/contract.ts";

/** Columns of a table's primary key, in its order; empty for one without, and for a view. Source: PostgreSQL docs, pg_index. */
export async function primaryKey({ schema, table }: TableName, lookup: Lookup): Promise<string[]> {
  const name = quoteLiteral(`${quoteIdentifier(schema)}.${quoteIdentifier(table)}`);
  const rows = await lookup(`SELECT a.attname AS name
FROM pg_catalog.pg_index i
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indisprimary AND k.place <= i.indnkeyatts AND i.indrelid = ${name}::pg_catalog.regclass
ORDER BY k.place`);
  return rows.map(({ name: column }) => column!);
}
