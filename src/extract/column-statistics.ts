import { boundText } from "../parquet/bound-text.ts";
import type { FieldSummary } from "../parquet/field-summary.ts";
import type { ParquetField } from "../parquet/schema.ts";

/** What a file holds of one column, in the words of the manifest. */
export interface ColumnStatistics {
  readonly name: string;
  /** Rows in which the column is null. */
  readonly nulls: number;
  /** Values that `unrepresentable: null` made null, those inside arrays and composites too. Absent where it is 0. */
  readonly nulled?: number;
  /**
   * The smallest and the largest value as text, see {@link boundText}: integers and decimals as decimal digits, dates and timestamps by
   * ISO 8601, text in the order of its UTF-8 bytes. NaN is left out. Null where there is no value but null and NaN, for binary,
   * geometry and nested columns, and for a text that can't be cut to a bound.
   */
  readonly min: string | null;
  readonly max: string | null;
  /** False where a text of more than 64 bytes was cut: `min` is then a lower bound, `max` an upper one. Absent otherwise. */
  readonly min_exact?: false;
  readonly max_exact?: false;
}

/**
 * @param summaries one for each field, in its order
 * @param nulled how many values of a column became null, by its name
 */
export function columnStatistics(
  fields: readonly ParquetField[],
  summaries: readonly FieldSummary[],
  nulled: ReadonlyMap<string, number> = new Map(),
): ColumnStatistics[] {
  return fields.map(({ name, type }, i) => {
    const { nulls, bounds } = summaries[i]!;
    const min = bounds === null ? null : boundText(type, bounds.min);
    const max = bounds === null ? null : boundText(type, bounds.max);
    return {
      name,
      nulls,
      ...(nulled.has(name) ? { nulled: nulled.get(name)! } : {}),
      min,
      max,
      ...(min === null || bounds?.minExact !== false ? {} : { min_exact: false }),
      ...(max === null || bounds?.maxExact !== false ? {} : { max_exact: false }),
    };
  });
}
