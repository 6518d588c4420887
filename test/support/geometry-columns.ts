import assert from "node:assert/strict";
import type { ColumnOverride, Mapping, MappingRequest, PgType } from "../../src/pgtypes/contract.ts";
import { type GeometryDecoder, geometryFamily } from "../../src/pgtypes/geometry.ts";
import { fromVector } from "./vector-values.ts";
import { type Payload, toFields } from "./wire.ts";

export const BYTEA: PgType = {
  oid: 17,
  schema: "pg_catalog",
  name: "bytea",
  kind: "base",
  extension: null,
  output: "pg_catalog.byteaout",
  send: "pg_catalog.byteasend",
};
export const TEXT: PgType = { ...BYTEA, oid: 25, name: "text", output: "pg_catalog.textout", send: "pg_catalog.textsend" };
export const GEOMETRY: PgType = {
  ...BYTEA,
  oid: 99999,
  schema: "gis",
  name: "geometry",
  extension: "postgis",
  send: "gis.geometry_send",
};

export const GEOGRAPHY: PgType = { ...GEOMETRY, name: "geography", send: "gis.geography_send" };

export function request(type: PgType, override: ColumnOverride = {}, typmod = -1): MappingRequest {
  return {
    type,
    typmod,
    dimensions: 0,
    options: { profile: "lake", unrepresentable: override.unrepresentable ?? "error", override },
  };
}

export const noParts = (): never => assert.fail("a geometry has no parts");

export function mapped(type: PgType, override: ColumnOverride = {}, typmod = -1): Mapping {
  return geometryFamily.map(request(type, override, typmod), noParts) ?? assert.fail("not mapped");
}

export function decode(
  { type, spec }: Mapping,
  payloads: readonly Payload[],
): { values: (Uint8Array | null)[]; srid: number | null } {
  const decoder = geometryFamily.createDecoder(spec, noParts) as GeometryDecoder;
  const values = fromVector(type, decoder.decode(toFields(payloads))) as (Uint8Array | null)[];
  return { values, srid: decoder.srid };
}

export const hexes = (values: readonly Payload[]) =>
  values.map((value) => (value === null ? null : Buffer.from(value).toString("hex")));
export const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
