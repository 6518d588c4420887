import { nestedPaths } from "../../model/nested-paths.ts";
import { typeName } from "../../model/type-name.ts";
import { describeParquet } from "../../parquet/schema.ts";
import type { PlannedColumn } from "../contract.ts";
import type { TablePlan } from "./table-plan.ts";

/**
 * The file's columns as people and manifests name their types: at the source, in our own words, in Parquet. Field ids follow the
 * table's order: its columns from 1, then what is inside them.
 */
export function plannedColumns(table: Pick<TablePlan, "fields" | "sourceColumns">): PlannedColumn[] {
  let last = table.fields.length;
  return table.fields.map(({ name, type }, i) => {
    const nested = nestedPaths(type).map((path) => [path, ++last] as const);
    return {
      name,
      field_id: i + 1,
      ...(nested.length === 0 ? {} : { nested_ids: Object.fromEntries(nested) }),
      source: table.sourceColumns[i]?.declared ?? null,
      type: typeName(type),
      parquet: describeParquet(type),
    };
  });
}
