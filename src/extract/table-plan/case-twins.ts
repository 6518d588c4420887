import { BronzeError } from "../../model/errors.ts";
import type { LogicalField, LogicalType } from "../../model/logical-type.ts";

/**
 * Refuses names that differ in upper and lower case alone: Spark reads nothing of a file that has two such columns, or two such
 * fields in one struct, and DuckDB renames them.
 * @throws BronzeError COLUMN_DUPLICATE
 */
export function refuseCaseTwins(fields: readonly LogicalField[]): void {
  const twins = twinsAmong(fields);
  if (twins !== null) {
    throw new BronzeError(
      "COLUMN_DUPLICATE",
      `columns ${shown(twins)} differ in upper and lower case alone, and Spark reads no such file`,
      {
        hint: "Name one of them otherwise in a query (SELECT … AS …), or land with profile native.",
        context: { column: twins[1] },
      },
    );
  }
  for (const { name, type } of fields) {
    const inside = twinsInside(type);
    if (inside === null) continue;
    throw new BronzeError(
      "COLUMN_DUPLICATE",
      `fields ${shown(inside)} of column ${JSON.stringify(name)} differ in upper and lower case alone, and Spark reads no such file`,
      { hint: `Land it as JSON with columns.${name}.as: json, or land with profile native.`, context: { column: name } },
    );
  }
}

type Twins = readonly [string, string];

function shown(twins: Twins): string {
  return twins.map((name) => JSON.stringify(name)).join(" and ");
}

function twinsInside(type: LogicalType): Twins | null {
  switch (type.type) {
    case "list":
      return twinsInside(type.element.type);
    case "map":
      return twinsInside(type.value.type);
    case "struct":
      return (
        twinsAmong(type.fields) ?? type.fields.map((field) => twinsInside(field.type)).find((twins) => twins !== null) ?? null
      );
    default:
      return null;
  }
}

function twinsAmong(fields: readonly LogicalField[]): Twins | null {
  const seen = new Map<string, string>();
  for (const { name } of fields) {
    const folded = name.toLowerCase();
    const twin = seen.get(folded);
    if (twin !== undefined) return [twin, name];
    seen.set(folded, name);
  }
  return null;
}
