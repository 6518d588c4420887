import type { SchemaElement } from "hyparquet";

/** How a leaf's values compare, and so how bounds are read from a footer and from DuckDB. Source: parquet.thrift, ColumnOrder. */
export type ValueOrder =
  | { readonly kind: "bool" | "float" | "date" | "uuid" }
  | { readonly kind: "integer"; readonly signed: boolean }
  /** Unscaled value; big-endian in a byte array, little-endian in INT32 and INT64. */
  | { readonly kind: "decimal" }
  | { readonly kind: "time" | "timestamp"; readonly unit: "ms" | "us" | "ns" }
  | { readonly kind: "text" | "bytes" };

/** Numbers as bigint, floating point as number, everything else as upper-case hex, whose order is that of the bytes. */
export type Bound = bigint | number | string;

/** Null where the format defines no order, or DuckDB holds the values in another form than the file. */
export function orderOf(element: SchemaElement): ValueOrder | null {
  const { type, logical_type: logical, converted_type: converted } = element;
  if (logical?.type === "DECIMAL" || converted === "DECIMAL") {
    const precision = logical?.type === "DECIMAL" ? logical.precision : (element.precision ?? 99);
    return precision <= 38 ? { kind: "decimal" } : null;
  }
  switch (type) {
    case "BOOLEAN":
      return { kind: "bool" };
    case "FLOAT":
    case "DOUBLE":
      return { kind: "float" };
    case "INT32":
    case "INT64":
      return integerOrder(element);
    case "BYTE_ARRAY":
      return byteArrayOrder(element);
    case "FIXED_LEN_BYTE_ARRAY":
      if (logical?.type === "UUID") return { kind: "uuid" };
      return logical === undefined && converted === undefined ? { kind: "bytes" } : null;
    default:
      return null;
  }
}

function integerOrder({ logical_type: logical, converted_type: converted }: SchemaElement): ValueOrder | null {
  switch (logical?.type) {
    case "DATE":
      return { kind: "date" };
    case "TIME":
      return logical.isAdjustedToUTC || logical.unit === "NANOS" ? null : { kind: "time", unit: UNITS[logical.unit] };
    case "TIMESTAMP":
      return logical.isAdjustedToUTC && logical.unit === "NANOS" ? null : { kind: "timestamp", unit: UNITS[logical.unit] };
    case "INTEGER":
      return { kind: "integer", signed: logical.isSigned };
    case undefined:
      break;
    default:
      return null;
  }
  switch (converted) {
    case "DATE":
      return { kind: "date" };
    case "TIMESTAMP_MILLIS":
      return { kind: "timestamp", unit: "ms" };
    case "TIMESTAMP_MICROS":
      return { kind: "timestamp", unit: "us" };
    case "TIME_MILLIS":
    case "TIME_MICROS":
      return null;
    default:
      return { kind: "integer", signed: !converted?.startsWith("UINT_") };
  }
}

const UNITS = { MILLIS: "ms", MICROS: "us", NANOS: "ns" } as const;

function byteArrayOrder({ logical_type: logical, converted_type: converted }: SchemaElement): ValueOrder | null {
  const name = logical?.type ?? (converted === "UTF8" ? "STRING" : converted);
  if (name === undefined || name === "BSON") return { kind: "bytes" };
  return name === "STRING" || name === "JSON" || name === "ENUM" ? { kind: "text" } : null;
}

/** A bound as it stands in the footer. @throws Error when it has not the length its type asks for. */
export function boundFromFooter(bytes: Uint8Array, element: SchemaElement, order: ValueOrder): Bound {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (order.kind === "text" || order.kind === "bytes") return view.toString("hex").toUpperCase();
  const width = widthOf(element);
  if (width !== null && view.length !== width) throw new Error(`${view.length} bytes where ${element.type} has ${width}`);
  if (order.kind === "uuid") return view.toString("hex").toUpperCase();
  if (order.kind === "float") return element.type === "FLOAT" ? view.readFloatLE(0) : view.readDoubleLE(0);
  if (order.kind === "bool") return BigInt(view.readUInt8(0));
  const unsigned = order.kind === "integer" && !order.signed;
  if (element.type === "INT32") return BigInt(unsigned ? view.readUInt32LE(0) : view.readInt32LE(0));
  if (element.type === "INT64") return unsigned ? view.readBigUInt64LE(0) : view.readBigInt64LE(0);
  return view.length === 0 ? 0n : BigInt.asIntN(view.length * 8, BigInt(`0x${view.toString("hex")}`));
}

function widthOf({ type, type_length: length }: SchemaElement): number | null {
  if (type === "BOOLEAN") return 1;
  if (type === "INT32" || type === "FLOAT") return 4;
  if (type === "INT64" || type === "DOUBLE") return 8;
  return type === "FIXED_LEN_BYTE_ARRAY" ? (length ?? null) : null;
}

/**
 * SQL that turns DuckDB's smallest or largest value into something that {@link boundFromDuck} reads exactly. Text and bytes
 * are cut to `prefixBytes` (for text, to that many characters, which are at least as many bytes): enough to compare with a bound.
 */
export function boundSql(value: string, order: ValueOrder, prefixBytes: number): string {
  switch (order.kind) {
    case "bool":
      return `CAST(${value} AS INTEGER)::VARCHAR`;
    case "integer":
    case "decimal":
      return `${value}::VARCHAR`;
    case "float":
      return `${value}::DOUBLE`;
    case "date":
      return `(${value} - DATE '1970-01-01')::VARCHAR`;
    case "time":
    case "timestamp":
      return `epoch_${order.unit}(${value})::VARCHAR`;
    case "uuid":
      return `upper(replace(${value}::VARCHAR, '-', ''))`;
    case "text":
      return `hex(encode(left(${value}, ${prefixBytes})))`;
    case "bytes":
      return `left(hex(${value}), ${2 * prefixBytes})`;
  }
}

export function boundFromDuck(value: unknown, order: ValueOrder): Bound | null {
  if (value === null || value === undefined) return null;
  switch (order.kind) {
    case "float":
      return value as number;
    case "text":
    case "bytes":
    case "uuid":
      return value as string;
    default:
      return BigInt(String(value).replace(".", ""));
  }
}

/** Bounds as people read them. */
export function showBound(bound: Bound, order: ValueOrder): string {
  if (order.kind === "text") return JSON.stringify(Buffer.from(String(bound), "hex").toString("utf8").slice(0, 60));
  return typeof bound === "string" ? `0x${bound.slice(0, 60)}` : String(bound);
}
