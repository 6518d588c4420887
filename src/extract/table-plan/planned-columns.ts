import { describeParquet } from "../../parquet/schema.ts";
import type { PlannedColumn } from "../contract.ts";
import type { TablePlan } from "./table-plan.ts";

/** The file's columns as people and manifests name their types: at the source, in Arrow, in Parquet. */
export async function plannedColumns(table: TablePlan): Promise<PlannedColumn[]> {
  const { arrowType } = await import("../../columnar/arrow-schema.ts");
  return table.fields.map((field, i) => ({
    name: field.name,
    source: table.sourceColumns[i]?.declared ?? null,
    arrow: String(arrowType(field.type)),
    parquet: describeParquet(field.type),
  }));
}
