/** SQL identifier, always quoted. Source: PostgreSQL docs, "Identifiers and Key Words". @throws RangeError on a NUL, which PostgreSQL can't hold. */
export function quoteIdentifier(name: string): string {
  return `"${withoutNul(name).replaceAll('"', '""')}"`;
}

/** SQL string literal; right whatever standard_conforming_strings says. */
export function quoteLiteral(text: string): string {
  const quoted = `'${withoutNul(text).replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return text.includes("\\") ? ` E${quoted}` : quoted;
}

/** All columns and rows of a table, both names taken as data. */
export function tableSelect(schema: string, table: string): string {
  return `SELECT * FROM ${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

function withoutNul(text: string): string {
  if (text.includes("\0")) throw new RangeError("PostgreSQL's names and texts can't hold a NUL character");
  return text;
}
