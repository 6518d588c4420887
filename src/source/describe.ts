import { BronzeError } from "../model/errors.ts";
import type { SourceColumn } from "../pgtypes/contract.ts";
import { declaredTypes, loadTableColumns, loadTypes } from "./catalog.ts";
import type { Connection } from "./connection.ts";
import { describeStatement, type ResultColumn } from "./query.ts";
import { checkSelect } from "./select.ts";

/** Words of a query that can make a null of a column that has none: outer joins, grouping sets, and set operations of unlike parts. */
const NULL_MAKING = ["JOIN", "GROUP", "UNION", "INTERSECT", "EXCEPT"];

/**
 * Columns of a SELECT with their types resolved. As a subquery it is parsed by the server, which there takes nothing but a query
 * that reads: no INSERT … RETURNING, not even in WITH, no EXPLAIN, no SELECT INTO.
 * @throws BronzeError QUERY_INVALID, COLUMN_DUPLICATE. Other errors are `pg`'s.
 */
export async function describeSelect(connection: Connection, select: string): Promise<SourceColumn[]> {
  const checked = checkSelect(select);
  const before = "SELECT * FROM (\n";
  const columns = await describeStatement(connection, `${before}${checked.text}\n) AS "q"`).catch((error: unknown) => {
    throw atOwnPosition(error, checked.start - before.length);
  });
  refuseDuplicates(columns);
  const types = await loadTypes(
    connection,
    columns.map((column) => column.dataTypeID),
  );
  const origins = columns.filter((column) => column.tableID !== 0).map((column) => column.tableID);
  const known = await loadTableColumns(connection, origins);
  const declared = await declaredTypes(connection, columns);
  const keepsNotNull = !NULL_MAKING.some((word) => checked.words.has(word));
  return columns.map((column, at) => {
    const type = types.get(column.dataTypeID);
    if (type === undefined) throw new Error(`pg_type has no row of OID ${column.dataTypeID}`);
    const origin = known.get(`${column.tableID}.${column.columnID}`);
    return {
      name: column.name,
      type,
      typmod: column.dataTypeModifier,
      dimensions: origin?.dimensions ?? 0,
      nullable: !(keepsNotNull && origin?.notNull === true),
      declared: declared[at] ?? type.name,
    };
  });
}

function refuseDuplicates(columns: readonly ResultColumn[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) {
      throw new BronzeError("COLUMN_DUPLICATE", `The source query has two columns named ${JSON.stringify(name)}`, {
        hint: "Give each column a name of its own with AS.",
        context: { column: name },
      });
    }
    seen.add(name);
  }
}

/** The server counts from the beginning of our wrapping; the reader counts in the text that was given. */
function atOwnPosition(error: unknown, shift: number): unknown {
  if (error instanceof Error && "position" in error && error.position) error.position = String(Number(error.position) + shift);
  return error;
}
