import type { MappingOptions, PgAttribute, PgType, SourceColumn } from "../../src/pgtypes/contract.ts";

/** Types as the catalog would describe them, and bytes as the server would send them, for tests without one. */

export function baseType(oid: number, name: string, output: string, extension: string | null = null): PgType {
  const schema = extension === null ? "pg_catalog" : "public";
  return { oid, schema, name, kind: "base", extension, output: `${schema}.${output}`, send: `${schema}.${name}send` };
}

export const INT4 = baseType(23, "int4", "int4out");
export const TEXT = baseType(25, "text", "textout");
export const NUMERIC = baseType(1700, "numeric", "numeric_out");
export const INTERVAL = baseType(1186, "interval", "interval_out");
export const BOX = baseType(603, "box", "box_out");
export const HSTORE = baseType(90001, "hstore", "hstore_out", "hstore");
export const SEG = baseType(90002, "seg", "seg_out", "seg");

export function arrayOf(element: PgType, oid = element.oid + 100_000): PgType {
  const output = "pg_catalog.array_out";
  return { ...element, oid, name: `_${element.name}`, kind: "array", output, send: "pg_catalog.array_send", element };
}

export function attribute(name: string, type: PgType, typmod = -1, dimensions = 0): PgAttribute {
  return { name, type, typmod, dimensions };
}

export function compositeOf(...attributes: PgAttribute[]): PgType {
  const output = "pg_catalog.record_out";
  const send = "pg_catalog.record_send";
  return { oid: 80_001, schema: "app", name: "pair", kind: "composite", extension: null, output, send, attributes };
}

export function domainOf(type: PgType, typmod = -1, dimensions = 0): PgType {
  const { output, send } = type;
  return {
    oid: 80_002,
    schema: "app",
    name: 'a "domain"',
    kind: "domain",
    extension: null,
    output,
    send,
    base: { type, typmod, dimensions },
  };
}

export function sourceColumn(type: PgType, dimensions = 0, typmod = -1): SourceColumn {
  return { name: "c", type, typmod, dimensions, nullable: true, declared: type.name };
}

export const LAKE: MappingOptions = { profile: "lake", unrepresentable: "error", override: {} };
export const OR_NULL: MappingOptions = { ...LAKE, unrepresentable: "null" };
export const OR_TEXT: MappingOptions = { ...LAKE, unrepresentable: "text" };

/** int32s and byte strings, end to end. */
export function wire(...parts: (number | string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(parts.map((part) => (typeof part === "number" ? int32(part) : Buffer.from(part as string))));
}

/** Byte strings and nulls, each behind its length. */
export function parts(...values: (number | string | Uint8Array | null)[]): Uint8Array {
  return Buffer.concat(
    values.map((value) => {
      if (value === null) return int32(-1);
      const bytes = typeof value === "number" ? int32(value) : Buffer.from(value as string);
      return Buffer.concat([int32(bytes.length), bytes]);
    }),
  );
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}
