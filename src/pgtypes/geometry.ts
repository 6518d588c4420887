import { BronzeError } from "../model/errors.ts";
import type { BytesVector, Vector } from "../model/vector.ts";
import {
  type Decoder,
  type DecoderSpec,
  type Encoder,
  type Fields,
  type Mapping,
  type MappingRequest,
  type Nulled,
  type PgType,
  type TypeFamily,
  Unrepresentable,
} from "./contract.ts";
import { decodeHex, EwkbFault, EwkbReader, type WkbForm } from "./ewkb.ts";
import { decodeGeometryTypmod } from "./geometry-typmod.ts";
import { createNulledCounter } from "./nulled.ts";

/** How the geometry lies on the wire: as PostGIS sends it, as bytea of EWKB or WKB, or as text of their hex digits. */
type WireForm = "postgis" | "bytea" | "hex";

interface GeometrySpec extends DecoderSpec {
  readonly form: WireForm;
  /** SRID that every value must have; null when the first value decides. */
  readonly srid: number | null;
  readonly unrepresentable: "error" | "null";
}

/**
 * PostGIS geometry and geography, and bytea or text declared `as: geometry | geography`. Curves, surfaces and a second SRID in a
 * column have no counterpart. The encoder gives EWKB as geometry_send writes it (hex digits in upper case for text); where the
 * spec has no SRID, `createEncoder({ ...spec, srid })` says which one the column had.
 */
export const geometryFamily: TypeFamily = {
  codecs: ["geometry"],
  map: mapGeometry,
  createDecoder: (spec) => new GeometryDecoder(spec as GeometrySpec),
  createEncoder: (spec) => createGeometryEncoder(spec as GeometrySpec),
};

function mapGeometry({ type, typmod, options }: MappingRequest): Mapping | null {
  const { as, srid: declaredSrid } = options.override;
  const own = postgisType(type);
  const wanted = as === "geometry" || as === "geography" ? as : as === undefined ? own : null;
  if (wanted === null) return null;
  const form = own === null ? declaredForm(type) : "postgis";
  if (form === null) return null;
  const declared = own === null ? null : decodeGeometryTypmod(typmod);
  const policy = options.override.unrepresentable ?? options.unrepresentable;
  // A column of, say, geometry(MultiPolygon, 4326) holds nothing that can't land, so nothing has to become text.
  const alwaysLands = declared !== null && declared.srid > 0 && declared.kind >= 1 && declared.kind <= 6;
  // With `as`, the text that then lands isn't what was asked for, and is refused.
  if (policy === "text" && !alwaysLands) return null;
  const srid = declaredSrid ?? (declared !== null && declared.srid > 0 ? declared.srid : null);
  const spec: GeometrySpec = { codec: "geometry", form, srid, unrepresentable: policy === "null" ? "null" : "error" };
  return { type: { type: "wkb", edges: wanted === "geography" ? "spherical" : "planar", srid }, spec, project: null };
}

/** By name and owner, since an extension's OIDs differ from database to database. PostGIS may also be installed without CREATE EXTENSION. */
function postgisType(type: PgType): "geometry" | "geography" | null {
  const { name } = type;
  if (type.kind !== "base" || (name !== "geometry" && name !== "geography")) return null;
  const owned = type.extension === null ? (type.send ?? "").endsWith(`${name}_send`) : type.extension.startsWith("postgis");
  return owned ? name : null;
}

function declaredForm(type: PgType): WireForm | null {
  if (type.kind !== "base" || type.schema !== "pg_catalog") return null;
  if (type.name === "bytea") return "bytea";
  return type.name === "text" || type.name === "varchar" ? "hex" : null;
}

const ISO: WkbForm = { form: "iso" };
const EMPTY = new Uint8Array(0);
/** Where a buffer begins to grow from. */
const LEAST_BYTES = 1 << 10;
/** A buffer that one huge value made larger than this is let go. */
const KEPT_BYTES = 4 << 20;

/** Decodes EWKB to ISO WKB, little-endian, without SRID. */
export class GeometryDecoder implements Decoder {
  readonly #spec: GeometrySpec;
  readonly #reader = new EwkbReader();
  readonly #nulled = createNulledCounter();
  readonly #vector: BytesVector = {
    kind: "bytes",
    slots: 0,
    nullCount: 0,
    validity: null,
    source: EMPTY,
    starts: new Int32Array(0),
    lengths: new Int32Array(0),
  };
  #validity = EMPTY;
  // A copy of the wire's bytes, since other threads may read those too: their headers can't be rewritten in place.
  #target = EMPTY;
  #targetView = new DataView(EMPTY.buffer);
  #hexBytes = EMPTY;
  #hexView = new DataView(EMPTY.buffer);
  #srid: number | null;

  constructor(spec: GeometrySpec) {
    this.#spec = spec;
    this.#srid = spec.srid;
  }

  get srid(): number | null {
    return this.#srid;
  }

  nulled(): Nulled {
    return this.#nulled.nulled();
  }

  decode(fields: Fields): Vector {
    const { starts, begin, count } = fields;
    this.#reset(count);
    const vector = this.#vector;
    const validity = this.#validity;
    let landed = 0;
    let at = 0;
    for (let slot = 0; slot < count; slot++) {
      const start = starts[begin + slot]!;
      const end = start === -1 ? -1 : this.#land(fields, start, slot, at);
      validity[slot] = end === -1 ? 0 : 1;
      if (end === -1) continue;
      vector.starts[landed] = at;
      vector.lengths[landed++] = end - at;
      at = end;
    }
    vector.slots = count;
    vector.nullCount = count - landed;
    vector.validity = landed === count ? null : validity;
    vector.source = this.#target;
    return vector;
  }

  /** Converts the field at `start` and appends it at `at`. Gives its end, or -1 for a value that becomes null. */
  #land(fields: Fields, start: number, slot: number, at: number): number {
    const length = fields.view.getInt32(start - 4);
    try {
      this.#scan(fields, start, length);
    } catch (error) {
      if (!(error instanceof EwkbFault)) throw error;
      if (error.reason === "malformed" && this.#spec.form === "postgis") {
        const what = `the server sent a geometry that doesn't parse: ${error.message}`;
        throw new BronzeError("WIRE_CORRUPT", what, { cause: error });
      }
      if (this.#spec.unrepresentable === "error") throw new Unrepresentable(slot, error.message);
      this.#nulled.add(error.message);
      return -1;
    }
    if (at + length > this.#target.length) this.#grow(at, length);
    return this.#reader.write(this.#target, this.#targetView, at, ISO);
  }

  #scan(fields: Fields, start: number, length: number): void {
    const reader = this.#reader;
    if (this.#spec.form === "hex") {
      const byteLength = this.#decodeHex(fields.bytes, start, length);
      reader.scan(this.#hexBytes, this.#hexView, 0, byteLength);
    } else {
      reader.scan(fields.bytes, fields.view, start, start + length);
    }
    const { srid } = reader;
    if (srid === this.#srid) return;
    if (this.#srid === null) {
      this.#srid = srid;
    } else if (this.#spec.srid === null) {
      throw new EwkbFault("unsupported", `SRID ${srid} in a column whose first value has SRID ${this.#srid}`);
    } else if (srid !== 0) {
      throw new EwkbFault("unsupported", `SRID ${srid} in a column of SRID ${this.#srid}`);
    }
  }

  /** Gives the number of bytes. */
  #decodeHex(digits: Uint8Array, start: number, length: number): number {
    if (this.#hexBytes.length < length >> 1) {
      this.#hexBytes = new Uint8Array(length);
      this.#hexView = new DataView(this.#hexBytes.buffer);
    }
    // bytea's own text begins with \x.
    const prefix = digits[start] === 0x5c && digits[start + 1] === 0x78 ? 2 : 0;
    if (!decodeHex(digits, start + prefix, length - prefix, this.#hexBytes))
      throw new EwkbFault("malformed", "the text isn't all hex digits");
    return (length - prefix) >> 1;
  }

  #grow(used: number, byteCount: number): void {
    const grown = new Uint8Array(Math.max(this.#target.length * 2, used + byteCount, LEAST_BYTES));
    grown.set(this.#target.subarray(0, used));
    this.#target = grown;
    this.#targetView = new DataView(grown.buffer);
  }

  #reset(count: number): void {
    if (this.#target.length > KEPT_BYTES) {
      this.#target = EMPTY;
      this.#targetView = new DataView(EMPTY.buffer);
      this.#hexBytes = EMPTY;
    }
    if (this.#validity.length >= count) return;
    this.#validity = new Uint8Array(count);
    this.#vector.starts = new Int32Array(count);
    this.#vector.lengths = new Int32Array(count);
  }
}

function createGeometryEncoder(spec: GeometrySpec): Encoder {
  const reader = new EwkbReader();
  const form: WkbForm = { form: "ewkb", srid: spec.srid ?? 0 };

  function encodeValue(source: Uint8Array, view: DataView, start: number, length: number): Uint8Array {
    reader.scan(source, view, start, start + length);
    const ewkb = new Uint8Array(length + 4);
    const end = reader.write(ewkb, new DataView(ewkb.buffer), 0, form);
    const bytes = ewkb.subarray(0, end);
    return spec.form === "hex" ? Buffer.from(Buffer.from(bytes).toString("hex").toUpperCase(), "latin1") : bytes;
  }

  return {
    encode(vector) {
      const { slots, validity, source, starts, lengths } = vector as BytesVector;
      const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
      const values: (Uint8Array | null)[] = [];
      let next = 0;
      for (let slot = 0; slot < slots; slot++) {
        const present = validity === null || validity[slot] === 1;
        values.push(present ? encodeValue(source, view, starts[next]!, lengths[next]!) : null);
        if (present) next++;
      }
      return values;
    },
  };
}
