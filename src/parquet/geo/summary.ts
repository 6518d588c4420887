import type { BytesVector } from "../../model/vector.ts";

/** What a column of geometries holds. Plain data; summaries of row groups and threads are merged. */
export interface GeoSummaryData {
  /** Bit `kind - 1` for each kind of ISO WKB seen (Point 1 … GeometryCollection 7) in XY, bit `kind + 7` for XYZ. M counts as without. */
  readonly types: number;
  /** True when a geometry has M values, which GeoParquet 1.1 doesn't allow. */
  readonly hasM: boolean;
  /** Minimum of x, y, z, then maximum of x, y, z; infinite where there was no coordinate. */
  readonly bounds: readonly [number, number, number, number, number, number];
}

/** The names of `types`. Source: GeoParquet 1.1, geometry_types. */
export function geometryTypeNames(types: number): string[] {
  return ["", " Z"].flatMap((suffix, z) =>
    KIND_NAMES.filter((_, i) => (types & (1 << (i + 8 * z))) !== 0).map((kind) => kind + suffix),
  );
}

/** [xmin, ymin, xmax, ymax], with z when a geometry has it; null while no finite coordinate was seen or one is infinite. */
export function boundingBox({ types, bounds }: GeoSummaryData): number[] | null {
  const axes = types >= 1 << 8 && bounds[2] <= bounds[5] ? [0, 1, 2] : [0, 1];
  const box = [...axes.map((axis) => bounds[axis]!), ...axes.map((axis) => bounds[axis + 3]!)];
  return box.every(Number.isFinite) ? box : null;
}

export function mergeGeoSummaries(summaries: readonly GeoSummaryData[]): GeoSummaryData {
  const least = (axis: number) => Math.min(...summaries.map((summary) => summary.bounds[axis]!));
  const most = (axis: number) => Math.max(...summaries.map((summary) => summary.bounds[axis]!));
  return {
    types: summaries.reduce((types, summary) => types | summary.types, 0),
    hasM: summaries.some((summary) => summary.hasM),
    bounds: [least(0), least(1), least(2), most(3), most(4), most(5)],
  };
}

const KIND_NAMES = ["Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"];
const POINT = 1;
const LINE_STRING = 2;
const POLYGON = 3;
const HEADER_BYTES = 5;

/** Accumulates over the vectors of a column of ISO WKB, little-endian. The bytes are trusted: the decoder checked them. */
export class GeoSummary {
  #types = 0;
  #hasM = false;
  #xMin = Number.POSITIVE_INFINITY;
  #yMin = Number.POSITIVE_INFINITY;
  #zMin = Number.POSITIVE_INFINITY;
  #xMax = Number.NEGATIVE_INFINITY;
  #yMax = Number.NEGATIVE_INFINITY;
  #zMax = Number.NEGATIVE_INFINITY;

  add({ source, starts, slots, nullCount }: BytesVector): void {
    const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    for (let i = 0; i < slots - nullCount; i++) this.#addGeometry(view, starts[i]!);
  }

  result(): GeoSummaryData {
    return {
      types: this.#types,
      hasM: this.#hasM,
      // Which of 0 and -0 came first says nothing.
      bounds: [this.#xMin + 0, this.#yMin + 0, this.#zMin + 0, this.#xMax + 0, this.#yMax + 0, this.#zMax + 0],
    };
  }

  #addGeometry(view: DataView, at: number): void {
    const code = view.getUint32(at + 1, true);
    const dimensions = code < 1000 ? 0 : Math.floor(code / 1000);
    const kind = code - 1000 * dimensions;
    this.#types |= 1 << (kind - 1 + 8 * (dimensions & 1));
    if (dimensions > 1) this.#hasM = true;
    this.#addBody(view, at + HEADER_BYTES, kind, dimensions);
  }

  /** Returns the end of the body. */
  #addBody(view: DataView, at: number, kind: number, dimensions: number): number {
    if (kind === POINT) return this.#addPoints(view, at, 1, dimensions);
    const count = view.getUint32(at, true);
    let next = at + 4;
    if (kind === LINE_STRING) return this.#addPoints(view, next, count, dimensions);
    if (kind === POLYGON) {
      for (let ring = 0; ring < count; ring++) next = this.#addPoints(view, next + 4, view.getUint32(next, true), dimensions);
      return next;
    }
    for (let part = 0; part < count; part++) {
      const partKind = kind < 7 ? kind - 3 : view.getUint32(next + 1, true) - 1000 * dimensions;
      next = this.#addBody(view, next + HEADER_BYTES, partKind, dimensions);
    }
    return next;
  }

  /** NaN, as empty points have, is neither less nor greater, and so leaves no trace. */
  #addPoints(view: DataView, at: number, count: number, dimensions: number): number {
    const stride = dimensions === 0 ? 16 : dimensions === 3 ? 32 : 24;
    const end = at + count * stride;
    let xMin = this.#xMin;
    let yMin = this.#yMin;
    let xMax = this.#xMax;
    let yMax = this.#yMax;
    for (let point = at; point < end; point += stride) {
      const x = view.getFloat64(point, true);
      const y = view.getFloat64(point + 8, true);
      if (x < xMin) xMin = x;
      if (x > xMax) xMax = x;
      if (y < yMin) yMin = y;
      if (y > yMax) yMax = y;
    }
    this.#xMin = xMin;
    this.#yMin = yMin;
    this.#xMax = xMax;
    this.#yMax = yMax;
    if ((dimensions & 1) !== 0) this.#addHeights(view, at + 16, end, stride);
    return end;
  }

  #addHeights(view: DataView, at: number, end: number, stride: number): void {
    for (let point = at; point < end; point += stride) {
      const z = view.getFloat64(point, true);
      if (z < this.#zMin) this.#zMin = z;
      if (z > this.#zMax) this.#zMax = z;
    }
  }
}
