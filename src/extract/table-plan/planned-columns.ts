import { typeName } from "../../model/type-name.ts";
import { describeParquet } from "../../parquet/schema.ts";
import type { PlannedColumn } from "../contract.ts";
import type { TablePlan } from "./table-plan.ts";

/** The file's columns as people and manifests name their types: at the source, in our own words, in Parquet. */
export function plannedColumns(table: Pick<TablePlan, "fields" | "sourceColumns">): PlannedColumn[] {
  return table.fields.map((field, i) => ({
    name: field.name,
    source: table.sourceColumns[i]?.declared ?? null,
    type: typeName(field.type),
    parquet: describeParquet(field.type),
  }));
}
