/** Pieces of SQL that projections are made of. Every name is schema-qualified: the session's search_path plays no part. */

/**
 * `whenPresent`, or NULL where `expression` is NULL. Written as IS NOT DISTINCT FROM NULL, because IS NULL also holds for a
 * composite whose attributes are all null, and that is a value. Source: PostgreSQL, "Comparison Functions and Operators".
 */
export function unlessNull(expression: string, whenPresent: string): string {
  return `CASE WHEN ${expression} IS NOT DISTINCT FROM NULL THEN NULL ELSE ${whenPresent} END`;
}
