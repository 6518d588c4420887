/** What a column of geometries covers: the true bounding box and the types that occur. */
export interface Extent {
  /** x, y, z; +Infinity while nothing was seen. */
  readonly min: Float64Array;
  readonly max: Float64Array;
  /** GeoParquet's names: `Point`, `MultiPolygon Z`. */
  readonly types: Set<string>;
}

export function emptyExtent(): Extent {
  return { min: new Float64Array(3).fill(Infinity), max: new Float64Array(3).fill(-Infinity), types: new Set() };
}

const NAMES = ["", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"];
const DIMENSIONS = ["", " Z", " M", " ZM"];
const MAX_DEPTH = 100;

/**
 * Widens `extent` by one geometry. Coordinates of empty points (NaN) cover nothing.
 * @throws Error when the bytes are not exactly one ISO WKB geometry of a kind that GeoParquet names.
 * Source: OGC 06-103r4, section 8.2 (WKB); GeoParquet 1.1, "WKB".
 */
export function addWkb(bytes: Uint8Array, extent: Extent): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = geometry(view, 0, extent, 0);
  if (end !== bytes.byteLength) throw new Error(`${bytes.byteLength - end} bytes after the end of the geometry`);
}

/** Returns the offset behind the geometry that begins at `at`. */
function geometry(view: DataView, at: number, extent: Extent, depth: number): number {
  if (depth > MAX_DEPTH) throw new Error(`geometries nested more than ${MAX_DEPTH} deep`);
  need(view, at, 5);
  const order = view.getUint8(at);
  if (order > 1) throw new Error(`byte order ${order} is neither 0 nor 1`);
  const little = order === 1;
  const code = view.getUint32(at + 1, little);
  if (code > 0x0fffffff) throw new Error("EWKB flags (an SRID, Z or M) where ISO WKB is asked for");
  const kind = code % 1000;
  const dimension = Math.floor(code / 1000);
  if (kind < 1 || kind > 7 || dimension > 3) throw new Error(`geometry type ${code} is none of GeoParquet's`);
  if (depth === 0) extent.types.add(`${NAMES[kind]}${DIMENSIONS[dimension]}`);
  const place = {
    view,
    little,
    extent,
    ordinates: dimension === 0 ? 2 : dimension === 3 ? 4 : 3,
    hasZ: dimension === 1 || dimension === 3,
  };
  const body = at + 5;
  if (kind === 1) return coordinates(place, body, 1);
  need(view, body, 4);
  const count = view.getUint32(body, little);
  if (kind === 2) return coordinates(place, body + 4, count);
  let next = body + 4;
  for (let i = 0; i < count; i++) {
    if (kind !== 3) {
      next = geometry(view, next, extent, depth + 1);
      continue;
    }
    need(view, next, 4);
    next = coordinates(place, next + 4, view.getUint32(next, little));
  }
  return next;
}

interface Place {
  readonly view: DataView;
  readonly little: boolean;
  readonly extent: Extent;
  readonly ordinates: number;
  readonly hasZ: boolean;
}

function coordinates({ view, little, extent: { min, max }, ordinates, hasZ }: Place, at: number, count: number): number {
  const step = ordinates * 8;
  need(view, at, count * step);
  const end = at + count * step;
  const axes = hasZ ? 3 : 2;
  for (let point = at; point < end; point += step) {
    for (let axis = 0; axis < axes; axis++) {
      const value = view.getFloat64(point + axis * 8, little);
      if (value < min[axis]!) min[axis] = value;
      if (value > max[axis]!) max[axis] = value;
    }
  }
  return end;
}

function need(view: DataView, at: number, bytes: number): void {
  if (at + bytes > view.byteLength) throw new Error(`the geometry ends after ${view.byteLength} bytes, in the middle`);
}
