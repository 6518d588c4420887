import type { ParquetField } from "../../parquet/schema.ts";
import type { PlannedColumn } from "../contract.ts";

/** What is remembered of an object's field ids. */
export interface PinnedFields {
  /** Those that the object ever had, each as it was planned last; null for none. */
  readonly columns: readonly PlannedColumn[] | null;
  /** The highest id that the object ever had: ids of columns that are gone are not given again. */
  readonly last_field_id: number;
}

/**
 * Gives the columns of a new plan their field ids: a column, and a path inside one, keeps the id that it had by name; others get the
 * next ids after the highest one ever given. Iceberg and Delta readers know columns by these ids, so files
 * of several snapshots are one table, whatever columns came and went.
 * @param columns as described, with the ids that {@link plannedColumns} gave them, or any others
 * @param before what the object's ledger remembers; null before its first plan
 */
export function pinFieldIds(
  columns: readonly PlannedColumn[],
  before: PinnedFields | null,
): { readonly columns: PlannedColumn[]; readonly last_field_id: number } {
  const known = new Map(before?.columns?.map((column) => [column.name, column]));
  let last = Math.max(before?.last_field_id ?? 0, ...[...known.values()].flatMap(allIds));
  const next = (): number => ++last;
  // All columns first, so that the ids of a table that has no earlier plan follow its order.
  const fieldIds = columns.map(({ name }) => known.get(name)?.field_id ?? next());
  const pinned = columns.map((column, i): PlannedColumn => {
    const nested = idsOf(known.get(column.name));
    const paths = [...idsOf(column).keys()];
    return withIds(
      column,
      fieldIds[i]!,
      paths.map((path) => [path, nested.get(path) ?? next()]),
    );
  });
  return { columns: pinned, last_field_id: last };
}

/** Columns with the ids that the run pinned, by name. Those that it doesn't know keep theirs. */
export function withPinnedIds(columns: readonly PlannedColumn[], pinned: readonly PlannedColumn[]): PlannedColumn[] {
  const known = new Map(pinned.map((column) => [column.name, column]));
  return columns.map((column) => {
    const { field_id = column.field_id, nested_ids } = known.get(column.name) ?? column;
    return withIds(column, field_id, Object.entries(nested_ids ?? {}));
  });
}

/** The fields of a file with the ids of its columns, which stand in the same order. */
export function fieldsWithIds(fields: readonly ParquetField[], columns: readonly PlannedColumn[]): ParquetField[] {
  return fields.map((field, i) => {
    const { field_id, nested_ids } = columns[i]!;
    return { ...field, ids: { id: field_id, nested: nested_ids ?? {} } };
  });
}

function withIds(column: PlannedColumn, fieldId: number, nested: readonly (readonly [string, number])[]): PlannedColumn {
  const { name, source, type, parquet } = column;
  const inside = nested.length === 0 ? {} : { nested_ids: Object.fromEntries(nested) };
  return { name, field_id: fieldId, ...inside, source, type, parquet };
}

function idsOf(column: PlannedColumn | undefined): Map<string, number> {
  return new Map(Object.entries(column?.nested_ids ?? {}));
}

function allIds(column: PlannedColumn): number[] {
  return [column.field_id, ...idsOf(column).values()];
}
