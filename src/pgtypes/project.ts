import type { Mapping } from "./contract.ts";

export interface ProjectedColumn {
  /** The column's name as a quoted identifier. */
  readonly quotedName: string;
  readonly mapping: Mapping;
}

/**
 * The SELECT list that asks for columns as their mappings want them, for `SELECT <list> FROM (<query>) AS q`. Each result column
 * keeps its column's name.
 */
export function selectList(columns: readonly ProjectedColumn[], alias = "q"): string {
  return columns
    .map(({ quotedName, mapping }) => {
      const column = `${alias}.${quotedName}`;
      return mapping.project === null ? column : `${mapping.project(column)} AS ${quotedName}`;
    })
    .join(", ");
}
