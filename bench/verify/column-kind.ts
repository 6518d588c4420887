import type { BenchColumn } from "../tables.ts";

/** How a column's content is summed up, the same way on both sides. */
export type ColumnKind =
  | "integer"
  | "decimal"
  | "bool"
  | "float"
  | "date"
  | "timestamp"
  | "text"
  | "chars"
  | "bytes"
  | "geometry"
  | "ewkb"
  | "list";

/** @throws Error for a type that the benchmark's tables don't have */
export function kindOf(column: BenchColumn): ColumnKind {
  if (column.holdsGeometry) return "ewkb";
  if (column.type.startsWith("_")) return "list";
  const kind = KINDS[column.type];
  if (kind === undefined) throw new Error(`column ${column.name}: no checksum for ${column.type}`);
  return kind;
}

const KINDS: Readonly<Record<string, ColumnKind>> = {
  int2: "integer",
  int4: "integer",
  int8: "integer",
  numeric: "decimal",
  bool: "bool",
  float8: "float",
  date: "date",
  timestamp: "timestamp",
  timestamptz: "timestamp",
  text: "text",
  varchar: "text",
  uuid: "text",
  json: "text",
  jsonb: "text",
  bpchar: "chars",
  bytea: "bytes",
  geometry: "geometry",
};

/** Decimal numbers as text, without the zeros that only show a scale: 12.50 and 12.5 are one sum. */
export function plainNumber(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
