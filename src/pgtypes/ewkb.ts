/**
 * Well-known binary as PostGIS sends it (EWKB: Z, M and SRID as flag bits) and as ISO has it (Z, M as thousands in the type
 * code, no SRID), either byte order. Source: PostGIS liblwgeom/lwin_wkb.c and lwout_wkb.c; ISO/IEC 13249-3; OGC 06-103r4, 8.2.
 */

/** Names by WKB type code. The first seven are what GeoParquet and other lakes know. */
export const GEOMETRY_NAMES: readonly (string | undefined)[] = [
  undefined,
  "Point",
  "LineString",
  "Polygon",
  "MultiPoint",
  "MultiLineString",
  "MultiPolygon",
  "GeometryCollection",
  "CircularString",
  "CompoundCurve",
  "CurvePolygon",
  "MultiCurve",
  "MultiSurface",
  "Curve",
  "Surface",
  "PolyhedralSurface",
  "TIN",
  "Triangle",
];

const POINT = 1;
const LINE_STRING = 2;
const POLYGON = 3;
const COLLECTION = 7;

const FLAG_Z = 0x80000000;
const FLAG_M = 0x40000000;
const FLAG_SRID = 0x20000000;
const CODE_BITS = 0x1fffffff;

/** Byte order and type code, and the count or first coordinate after it. */
const HEADER_BYTES = 5;
/** PostGIS refuses to nest deeper too (LW_PARSER_MAX_DEPTH). */
const MAX_DEPTH = 200;

/** Why a value can't land: it is broken, or it is a kind of geometry that WKB's readers don't know. */
export class EwkbFault extends Error {
  override readonly name = "EwkbFault";
  readonly reason: "malformed" | "unsupported";
  constructor(reason: "malformed" | "unsupported", message: string) {
    super(message);
    this.reason = reason;
  }
}

/** EWKB has flags and an SRID in the outermost header, as geometry_send writes it; ISO has thousands and neither. */
export type WkbForm = { readonly form: "iso" } | { readonly form: "ewkb"; readonly srid: number };

/**
 * Reads values one after the other: {@link scan} checks a value and describes it in the public fields, {@link write} converts it.
 * Made once per column, so that nothing is allocated per value.
 */
export class EwkbReader {
  /** 1–7, an index into {@link GEOMETRY_NAMES}. */
  kind = 0;
  /** 0 XY, 1 XYZ, 2 XYM, 3 XYZM: the thousands of an ISO type code. */
  dimensions = 0;
  /** 0 when the value has none. */
  srid = 0;

  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  #start = 0;
  #end = 0;
  /** Where the first byte after the outermost header lies. */
  #body = 0;
  /** True when the body is ISO WKB, little-endian, as it stands. */
  #copyable = true;
  #position = 0;
  /** The header read last: whether little-endian, kind, dimensions, SRID. */
  #order = true;
  #partKind = 0;
  #partDimensions = 0;
  #partSrid = 0;
  #target: Uint8Array = this.#bytes;
  #targetView: DataView = this.#view;
  #at = 0;

  /**
   * Checks the structure of `bytes[start .. end)`: headers, counts, lengths; no look at coordinates.
   * @param view over the same memory as `bytes`
   * @throws EwkbFault
   */
  scan(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    this.#bytes = bytes;
    this.#view = view;
    this.#start = start;
    this.#position = start;
    this.#end = end;
    this.#readHeader();
    this.kind = this.#partKind;
    this.dimensions = this.#partDimensions;
    this.srid = this.#partSrid;
    this.#body = this.#position;
    // The outermost header is written anew in any case; what follows is copied unless a header in it has to change.
    this.#copyable = this.#order;
    this.#scanBody(0);
    if (this.#position !== end) throw this.#malformed(`${end - this.#position} bytes too many`);
  }

  /**
   * Writes the value scanned last to `target` from `at` on, little-endian, and returns its end. Takes as many bytes as the source
   * at most, and 4 more for an SRID that the source hadn't.
   */
  write(target: Uint8Array, targetView: DataView, at: number, form: WkbForm): number {
    this.#target = target;
    this.#targetView = targetView;
    this.#at = at;
    this.#position = this.#body;
    const ewkb = form.form === "ewkb";
    this.#writeHeader(this.kind, ewkb, ewkb ? form.srid : 0);
    // Without Z and M, the two forms differ in the outermost header alone.
    if (this.#copyable && (!ewkb || this.dimensions === 0)) {
      this.#copyBytes(this.#end - this.#position);
    } else {
      this.#order = this.#bytes[this.#start] === 1;
      this.#writeBody(this.kind, ewkb);
    }
    return this.#at;
  }

  #malformed(what: string): EwkbFault {
    return new EwkbFault("malformed", `${what} at byte ${this.#position - this.#start} of ${this.#end - this.#start}`);
  }

  #need(byteCount: number): void {
    if (byteCount > this.#end - this.#position) throw this.#malformed("WKB ends too early");
  }

  /** Reads byte order, type and SRID, and moves to the body. */
  #readHeader(): void {
    this.#need(HEADER_BYTES);
    const byteOrder = this.#bytes[this.#position]!;
    if (byteOrder > 1) throw this.#malformed(`byte order ${byteOrder}`);
    this.#order = byteOrder === 1;
    const word = this.#view.getUint32(this.#position + 1, this.#order);
    const code = word & CODE_BITS;
    this.#setType(code, word);
    this.#position += HEADER_BYTES;
    this.#partSrid = 0;
    if ((word & FLAG_SRID) !== 0) {
      this.#need(4);
      // PostGIS takes zero and less for "unknown" (clamp_srid).
      this.#partSrid = Math.max(0, this.#view.getInt32(this.#position, this.#order));
      this.#position += 4;
    }
    if (word !== code || !this.#order) this.#copyable = false;
  }

  #setType(code: number, word: number): void {
    const thousands = code < 1000 ? 0 : Math.floor(code / 1000);
    const kind = code - 1000 * thousands;
    if (thousands > 3 || kind === 0 || kind >= GEOMETRY_NAMES.length) throw this.#malformed(`geometry type ${code}`);
    if (kind > COLLECTION) {
      const what = `${GEOMETRY_NAMES[kind]} has no counterpart in GeoParquet, which has neither curves nor surfaces`;
      throw new EwkbFault("unsupported", what);
    }
    this.#partKind = kind;
    // Both spellings may stand in one header; PostGIS takes either.
    this.#partDimensions = thousands | ((word & FLAG_Z) === 0 ? 0 : 1) | ((word & FLAG_M) === 0 ? 0 : 2);
  }

  #readCount(itemBytes: number): number {
    this.#need(4);
    const count = this.#view.getUint32(this.#position, this.#order);
    this.#position += 4;
    if (count * itemBytes > this.#end - this.#position) throw this.#malformed(`a count of ${count} goes past the end`);
    return count;
  }

  #skipPoints(stride: number): void {
    const points = this.#readCount(stride);
    this.#position += points * stride;
  }

  #scanBody(depth: number): void {
    const kind = this.#partKind;
    const stride = STRIDES[this.dimensions]!;
    if (kind === POINT) {
      this.#need(stride);
      this.#position += stride;
    } else if (kind === LINE_STRING) {
      this.#skipPoints(stride);
    } else if (kind === POLYGON) {
      for (let rings = this.#readCount(4); rings > 0; rings--) this.#skipPoints(stride);
    } else {
      this.#scanParts(kind, depth);
    }
  }

  #scanParts(parent: number, depth: number): void {
    if (depth === MAX_DEPTH) throw this.#malformed(`geometries nested more than ${MAX_DEPTH} deep`);
    const order = this.#order;
    for (let parts = this.#readCount(HEADER_BYTES + 4); parts > 0; parts--) {
      this.#readHeader();
      const kind = this.#partKind;
      if (parent !== COLLECTION && kind !== parent - 3) {
        throw this.#malformed(`${GEOMETRY_NAMES[kind]} in a ${GEOMETRY_NAMES[parent]}`);
      }
      if (this.#partDimensions !== this.dimensions) throw this.#malformed("parts of different dimensions");
      const srid = this.#partSrid;
      if (srid !== 0 && srid !== this.srid) throw this.#malformed(`part of SRID ${srid} in a geometry of SRID ${this.srid}`);
      this.#scanBody(depth + 1);
    }
    this.#order = order;
  }

  #writeHeader(kind: number, ewkb: boolean, srid: number): void {
    const flags = (this.dimensions & 1 ? FLAG_Z : 0) + (this.dimensions & 2 ? FLAG_M : 0) + (srid > 0 ? FLAG_SRID : 0);
    this.#target[this.#at] = 1;
    this.#targetView.setUint32(this.#at + 1, ewkb ? kind + flags : kind + 1000 * this.dimensions, true);
    this.#at += HEADER_BYTES;
    if (srid > 0) {
      this.#targetView.setInt32(this.#at, srid, true);
      this.#at += 4;
    }
  }

  #writeBody(kind: number, ewkb: boolean): void {
    if (kind === POINT) {
      this.#writeCoordinates(1);
    } else if (kind === LINE_STRING) {
      this.#writeCoordinates(this.#writeCount());
    } else if (kind === POLYGON) {
      for (let rings = this.#writeCount(); rings > 0; rings--) this.#writeCoordinates(this.#writeCount());
    } else {
      const order = this.#order;
      for (let parts = this.#writeCount(); parts > 0; parts--) {
        this.#readHeader();
        this.#writeHeader(this.#partKind, ewkb, 0);
        this.#writeBody(this.#partKind, ewkb);
      }
      this.#order = order;
    }
  }

  #writeCount(): number {
    const count = this.#view.getUint32(this.#position, this.#order);
    this.#targetView.setUint32(this.#at, count, true);
    this.#position += 4;
    this.#at += 4;
    return count;
  }

  #writeCoordinates(points: number): void {
    const byteCount = points * STRIDES[this.dimensions]!;
    if (this.#order) {
      this.#copyBytes(byteCount);
      return;
    }
    const view = this.#view;
    const targetView = this.#targetView;
    const first = this.#position;
    const shift = this.#at - first;
    // As words, never as numbers: a NaN keeps its payload.
    for (let from = first; from < first + byteCount; from += 8) {
      targetView.setUint32(from + shift + 4, view.getUint32(from), true);
      targetView.setUint32(from + shift, view.getUint32(from + 4), true);
    }
    this.#position += byteCount;
    this.#at += byteCount;
  }

  #copyBytes(byteCount: number): void {
    this.#target.set(this.#bytes.subarray(this.#position, this.#position + byteCount), this.#at);
    this.#position += byteCount;
    this.#at += byteCount;
  }
}

/** Bytes of one vertex by dimensions. */
const STRIDES: readonly number[] = [16, 24, 24, 32];

/** Decodes hex digits of either case to the beginning of `target`; false when something else is among them. */
export function decodeHex(hex: Uint8Array, start: number, length: number, target: Uint8Array): boolean {
  if ((length & 1) !== 0) return false;
  let invalid = 0;
  for (let i = start, to = 0; i < start + length; i += 2, to++) {
    const high = HEX_VALUES[hex[i]!]!;
    const low = HEX_VALUES[hex[i + 1]!]!;
    invalid |= high | low;
    target[to] = (high << 4) | low;
  }
  return (invalid & 0x80) === 0;
}

const HEX_VALUES = new Uint8Array(256).fill(0x80);
for (let digit = 0; digit < 16; digit++) {
  HEX_VALUES[digit.toString(16).charCodeAt(0)] = digit;
  HEX_VALUES[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}
