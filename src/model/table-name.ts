/** A table, view or foreign table; both names as the catalog has them. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

const QUOTED_OR_BARE = /"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*/uy;

/**
 * Splits a name at the dots between its parts; quotes stay. Returns null for what is not a list of parts.
 * @param part matches one part; sticky
 */
export function splitName(text: string, part: RegExp): string[] | null {
  const parts: string[] = [];
  for (let at = 0; ; at++) {
    part.lastIndex = at;
    const found = part.exec(text)?.[0];
    if (found === undefined) return null;
    parts.push(found);
    at += found.length;
    if (at === text.length) return parts;
    if (text[at] !== ".") return null;
  }
}

export function unquoted(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
}

/** Reads `shop.customers` or `"Shop"."Order.Details"`; unlike in SQL, a name without quotes keeps its case. Null for anything else. */
export function parseTableName(text: string): TableName | null {
  const names = splitName(text, QUOTED_OR_BARE)?.map(unquoted);
  const [schema, table] = names ?? [];
  return names?.length === 2 ? { schema: schema!, table: table! } : null;
}
