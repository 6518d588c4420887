/**
 * The types that land, in Arrow's vocabulary, as plain data: it crosses threads, sits in plans, and loads no library. One
 * function turns it into apache-arrow's `DataType` (`columnar/arrow-schema.ts`), another into Parquet's schema (`parquet/schema.ts`).
 *
 * The vector that carries a type (see `vector.ts`) and so its Parquet physical type: bool → bool; int 16/32, float 32, date,
 * decimal p ≤ 9 → word32; int 64, float 64, time, timestamp, decimal p ≤ 18 → word64; decimal p > 18 → fixed (big-endian two's
 * complement, {@link decimalWidth} bytes); uuid → fixed 16; utf8, json, binary, wkb → bytes; list → list; map → list of {key,
 * value} structs; struct → struct.
 */
export type LogicalType =
  | { readonly type: "bool" }
  | { readonly type: "int"; readonly bits: 16 | 32 | 64; readonly signed: boolean }
  | { readonly type: "float"; readonly bits: 32 | 64 }
  /** Precision 1–38, scale 0–precision. */
  | { readonly type: "decimal"; readonly precision: number; readonly scale: number }
  | { readonly type: "utf8" }
  /** UTF-8 text holding one JSON value. */
  | { readonly type: "json" }
  | { readonly type: "binary" }
  /** 16 bytes. */
  | { readonly type: "uuid" }
  /** Days since 1970-01-01. */
  | { readonly type: "date" }
  /** Microseconds since midnight. */
  | { readonly type: "time" }
  /** Microseconds since 1970-01-01, of UTC or of a clock without a zone. */
  | { readonly type: "timestamp"; readonly utc: boolean }
  /** ISO WKB. `srid` is null when only the values know it. */
  | { readonly type: "wkb"; readonly edges: "planar" | "spherical"; readonly srid: number | null }
  | { readonly type: "list"; readonly element: LogicalField }
  | { readonly type: "map"; readonly key: LogicalField; readonly value: LogicalField }
  | { readonly type: "struct"; readonly fields: readonly LogicalField[] };

export interface LogicalField {
  readonly name: string;
  readonly type: LogicalType;
  readonly nullable: boolean;
}

/** The fewest bytes that hold every signed integer of `precision` decimal digits. Source: Parquet LogicalTypes, DECIMAL. */
export function decimalWidth(precision: number): number {
  return Math.ceil((precision * Math.log2(10) + 1) / 8);
}
