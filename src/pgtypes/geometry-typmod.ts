/** What a PostGIS type modifier declares, such as `geometry(MultiPolygonZ, 4326)`. */
export interface GeometryTypmod {
  /** WKB type code, an index into GEOMETRY_NAMES; 0 for any. */
  readonly kind: number;
  readonly hasZ: boolean;
  readonly hasM: boolean;
  /** 0 for any. */
  readonly srid: number;
}

/** Bits: 0 M, 1 Z, 2–7 type, 8–28 SRID with its sign in bit 28. Null for -1, no modifier. Source: PostGIS liblwgeom.h, TYPMOD_GET_*. */
export function decodeGeometryTypmod(typmod: number): GeometryTypmod | null {
  if (typmod < 0) return null;
  return {
    kind: (typmod & 0xfc) >> 2,
    hasZ: (typmod & 2) !== 0,
    hasM: (typmod & 1) !== 0,
    srid: Math.max(0, ((typmod & 0x0fffff00) - (typmod & 0x10000000)) >> 8),
  };
}
