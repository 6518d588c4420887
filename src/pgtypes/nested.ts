import { BronzeError } from "../model/errors.ts";
import type { Mapping, MappingOptions, MappingRequest, PgType, TypeFamily } from "./contract.ts";

/** What arrays, composites, domains and maps share: options for their parts, scratch space, and slots of dense vectors. */

export const TEXT_OID = 25;
export const JSON_OID = 114;
export const RECORD_OID = 2249;
export const RECORD_ARRAY_OID = 2287;
export const TEXT_ARRAY_OID = 1009;
export const BPCHAR_OID = 1042;
export const BPCHAR_ARRAY_OID = 1014;

function builtIn(oid: number, name: string, output: string, send: string): PgType {
  const inCatalog = (fn: string) => `pg_catalog.${fn}`;
  return {
    oid,
    schema: "pg_catalog",
    name,
    kind: "base",
    extension: null,
    output: inCatalog(output),
    send: inCatalog(send),
  };
}

const TEXT = builtIn(TEXT_OID, "text", "textout", "textsend");
const JSON_TYPE = builtIn(JSON_OID, "json", "json_out", "json_send");

const plain = (options: MappingOptions): MappingOptions => ({ ...options, override: {} });

/** Asks how a `text` value travels, whatever the column's own overrides are. */
export function textRequest(options: MappingOptions): MappingRequest {
  return { type: TEXT, typmod: -1, dimensions: 0, options: plain(options) };
}

/** Asks how a `json` value travels. */
export function jsonRequest(options: MappingOptions): MappingRequest {
  return { type: JSON_TYPE, typmod: -1, dimensions: 0, options: plain(options) };
}

/** Options of an array's element: the column's target is the element's, its number of dimensions is not. */
export function elementOptions(options: MappingOptions): MappingOptions {
  const { dimensions: _, ...override } = options.override;
  return { ...options, override };
}

/** Options of a composite's attribute: an override speaks of the column, only its policy reaches down. */
export function attributeOptions(options: MappingOptions): MappingOptions {
  const { unrepresentable } = options.override;
  return { ...options, override: unrepresentable === undefined ? {} : { unrepresentable } };
}

function noCodec(): never {
  throw new Error("this family maps to the codecs of others");
}

/** For families that only map: what they map to is read by another family. */
export const mapsOnly: Omit<TypeFamily, "map"> = { codecs: [], createDecoder: noCodec, createEncoder: noCodec };

export function corrupt(what: string): BronzeError {
  return new BronzeError("WIRE_CORRUPT", what, {
    hint: "The source sent bytes that its own description of the type doesn't allow. Was the type altered while it was read?",
  });
}

/**
 * The start of the field whose int32 length stands at `at`, or -1 when it is null (length -1).
 * @throws BronzeError WIRE_CORRUPT when it doesn't end by `end`; `where` says in what.
 */
export function fieldStart(view: DataView, at: number, end: number, where: string): number {
  if (end - at < 4) throw corrupt(`${where} that ends before its last part`);
  const length = view.getInt32(at);
  if (length === -1) return -1;
  if (length < 0 || length > end - at - 4)
    throw corrupt(`${where} with a part of ${length} bytes where ${end - at - 4} are left`);
  return at + 4;
}

/** Where the field at `at`, which starts at `start`, ends. */
export function fieldEnd(view: DataView, at: number, start: number): number {
  return start === -1 ? at + 4 : start + view.getInt32(at);
}

/** Writes a field at `at`: its int32 length (-1 for null) and its bytes. Gives where it ends. */
export function writeField(out: Uint8Array, view: DataView, at: number, value: Uint8Array | null): number {
  view.setInt32(at, value === null ? -1 : value.length);
  if (value !== null) out.set(value, at + 4);
  return at + 4 + (value === null ? 0 : value.length);
}

/** A buffer of at least `length` entries with the old contents; grown by doubling, so that filling it entry by entry stays linear. */
export function grownInt32(buffer: Int32Array, length: number): Int32Array {
  if (length <= buffer.length) return buffer;
  const larger = new Int32Array(Math.max(length, buffer.length * 2, 64));
  larger.set(buffer);
  return larger;
}

/** A buffer of at least `length` bytes, old contents not kept. */
export function roomUint8(buffer: Uint8Array, length: number): Uint8Array {
  return length <= buffer.length ? buffer : new Uint8Array(Math.max(length, buffer.length * 2, 64));
}

/** The slot that holds the `n`th (from 0) value that is not null. */
export function slotOfValue(validity: Uint8Array | null, n: number): number {
  if (validity === null) return n;
  let slot = 0;
  for (let left = n; left > 0 || validity[slot] === 0; slot++) left -= validity[slot]!;
  return slot;
}

/** Gives each slot of a vector its value, or null: `values` are those of the dense vector. */
export function spread<T>(slots: number, validity: Uint8Array | null, valueAt: (index: number) => T): (T | null)[] {
  const out: (T | null)[] = new Array(slots);
  let next = 0;
  for (let slot = 0; slot < slots; slot++) out[slot] = validity === null || validity[slot] === 1 ? valueAt(next++) : null;
  return out;
}

/** Type OID of what a mapping's projection gives. */
export function projectedOid(mapping: Mapping): number {
  if (mapping.projectedOid === undefined)
    throw new Error(`the mapping to ${mapping.spec.codec} doesn't say what its projection gives`);
  return mapping.projectedOid;
}

/** Type OID that a part of this type, mapped so, carries on the wire. */
export function wireOid(type: PgType, mapping: Mapping): number {
  return mapping.project === null ? type.oid : projectedOid(mapping);
}
