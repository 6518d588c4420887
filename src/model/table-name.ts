/** A table, view or foreign table; both names as the catalog has them. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

const PART = /"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*)/uy;

/**
 * Splits a name at its dots: `shop.customers`, `"Shop"."Order.Details"`. Unlike in SQL, a name without quotes keeps its case.
 * Returns null for what is not a list of names.
 */
export function splitName(text: string, part: RegExp = PART): string[] | null {
  const names: string[] = [];
  for (let at = 0; ; at++) {
    const match = matchAt(part, text, at);
    if (match === null) return null;
    names.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    at += match[0].length;
    if (at === text.length) return names;
    if (text[at] !== ".") return null;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Reads `schema.table`; null for anything else. */
export function parseTableName(text: string): TableName | null {
  const names = splitName(text);
  const [schema, table] = names ?? [];
  return names?.length === 2 ? { schema: schema!, table: table! } : null;
}
