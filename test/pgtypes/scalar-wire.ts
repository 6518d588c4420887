import type { ColumnOverride, Mapping, MappingOptions, PgType, Profile } from "../../src/pgtypes/contract.ts";
import { createDecoder, createEncoder } from "../../src/pgtypes/create.ts";
import { mapColumn } from "../../src/pgtypes/map.ts";
import { fromVector } from "../support/vector-values.ts";
import { type Payload, toFields } from "../support/wire.ts";

/** Scalar columns without a server: mapped by name, decoded from bytes that a test wrote. */

export function builtIn(name: string): PgType {
  return { oid: 0, schema: "pg_catalog", name, kind: "base", extension: null, output: `pg_catalog.${name}out`, send: null };
}

/** The modifier of numeric(precision, scale). Source: PostgreSQL make_numeric_typmod. */
export function numericTypmod(precision: number, scale: number): number {
  return ((precision << 16) | (scale & 0x7ff)) + 4;
}

export interface MapOptions extends ColumnOverride {
  readonly profile?: Profile;
  readonly typmod?: number;
}

export function mapScalar(type: string | PgType, { profile = "lake", typmod = -1, ...override }: MapOptions = {}): Mapping {
  const options: MappingOptions = { profile, unrepresentable: "error", override };
  const resolved = typeof type === "string" ? builtIn(type) : type;
  return mapColumn({ name: "c", type: resolved, typmod, dimensions: 0, nullable: true, declared: resolved.name }, options);
}

export function decodeScalar(mapping: Mapping, payloads: readonly Payload[]): unknown[] {
  return fromVector(mapping.type, createDecoder(mapping.spec).decode(toFields(payloads)));
}

export function encodeAgain(mapping: Mapping, payloads: readonly Payload[]): Payload[] {
  return createEncoder(mapping.spec).encode(createDecoder(mapping.spec).decode(toFields(payloads)));
}

export const hexOf = (payload: Payload | undefined) => (payload == null ? null : Buffer.from(payload).toString("hex"));

export function int16s(...values: readonly number[]): Uint8Array {
  const out = Buffer.alloc(2 * values.length);
  for (const [i, value] of values.entries()) out.writeUInt16BE(value & 0xffff, 2 * i);
  return out;
}

export function int32(value: number): Uint8Array {
  const out = Buffer.alloc(4);
  out.writeInt32BE(value);
  return out;
}

export function int64(value: bigint): Uint8Array {
  const out = Buffer.alloc(8);
  out.writeBigInt64BE(value);
  return out;
}
