/** Longitude and latitude in degrees, or x and y in metres: the functions that don't say are for both. */
export type Position = readonly [number, number];
/** Closed: the last position repeats the first. */
export type Ring = readonly Position[];
/** The shell, then its holes. */
export type Polygon = readonly Ring[];
export type MultiPolygon = readonly Polygon[];

/** EPSG:4326, the only coordinate system here. */
export const SRID = 4326;

/** In the square of the positions' unit; positive when the ring runs counter-clockwise. */
export function signedArea(ring: Ring): number {
  let doubled = 0;
  for (let i = 1; i < ring.length; i++) {
    const [x0, y0] = ring[i - 1]!;
    const [x1, y1] = ring[i]!;
    doubled += x0 * y1 - x1 * y0;
  }
  return doubled / 2;
}

/** Shells counter-clockwise, holes clockwise. Source: OGC 06-103r4, 6.1.11.1; GeoParquet 1.1 `orientation`. */
export function orient(polygon: Polygon): Polygon {
  return polygon.map((ring, index) => (signedArea(ring) > 0 === (index === 0) ? ring : [...ring].reverse()));
}

/** Area of a shell less its holes, in the square of the positions' unit. */
export function area(geometry: MultiPolygon): number {
  let total = 0;
  for (const [shell, ...holes] of geometry) {
    total += Math.abs(signedArea(shell!));
    for (const hole of holes) total -= Math.abs(signedArea(hole));
  }
  return total;
}

/** Even-odd rule over all rings. */
export function containsPosition(geometry: MultiPolygon, [x, y]: Position): boolean {
  let inside = false;
  for (const polygon of geometry) {
    for (const ring of polygon) {
      for (let i = 1; i < ring.length; i++) {
        const [x0, y0] = ring[i - 1]!;
        const [x1, y1] = ring[i]!;
        if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) inside = !inside;
      }
    }
  }
  return inside;
}

/** True when the ring lies inside: one of its positions does, and none of its edges meets a border. */
export function containsRing(geometry: MultiPolygon, ring: Ring): boolean {
  if (!containsPosition(geometry, ring[0]!)) return false;
  for (const polygon of geometry) {
    for (const border of polygon) {
      if (ringsMeet(border, ring)) return false;
    }
  }
  return true;
}

/** True when an edge of one ring meets an edge of the other. */
export function ringsMeet(one: Ring, other: Ring): boolean {
  for (let i = 1; i < one.length; i++) {
    for (let j = 1; j < other.length; j++) {
      if (edgesMeet(one[i - 1]!, one[i]!, other[j - 1]!, other[j]!)) return true;
    }
  }
  return false;
}

function edgesMeet(a: Position, b: Position, c: Position, d: Position): boolean {
  return turn(a, b, c) * turn(a, b, d) <= 0 && turn(c, d, a) * turn(c, d, b) <= 0;
}

/** Positive when a → b → c turns left. */
function turn(a: Position, b: Position, c: Position): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

/** Centre of mass of the first shell. */
export function centroid(geometry: MultiPolygon): Position {
  const shell = geometry[0]![0]!;
  const [originX, originY] = shell[0]!;
  let [sumX, sumY, doubled] = [0, 0, 0];
  for (let i = 1; i < shell.length; i++) {
    const [x0, y0] = [shell[i - 1]![0] - originX, shell[i - 1]![1] - originY];
    const [x1, y1] = [shell[i]![0] - originX, shell[i]![1] - originY];
    const cross = x0 * y1 - x1 * y0;
    sumX += (x0 + x1) * cross;
    sumY += (y0 + y1) * cross;
    doubled += cross;
  }
  return [originX + sumX / (3 * doubled), originY + sumY / (3 * doubled)];
}

/** West, south, east, north. */
export function bounds(geometry: MultiPolygon): [number, number, number, number] {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [shell] of geometry) {
    for (const [x, y] of shell!) {
      west = Math.min(west, x);
      south = Math.min(south, y);
      east = Math.max(east, x);
      north = Math.max(north, y);
    }
  }
  return [west, south, east, north];
}

const WKB_POLYGON = 3;
const WKB_MULTIPOLYGON = 6;
const EWKB_HAS_SRID = 0x20000000;

/** PostGIS's own form: ISO WKB's layout with the SRID after the type, little-endian. Source: PostGIS doc/ZMSgeoms.txt. */
export function multiPolygonEwkb(geometry: MultiPolygon, srid: number): Buffer {
  let byteLength = 13;
  for (const polygon of geometry) {
    byteLength += 9;
    for (const ring of polygon) byteLength += 4 + ring.length * 16;
  }
  const bytes = Buffer.allocUnsafe(byteLength);
  let at = bytes.writeUInt8(1, 0);
  at = bytes.writeUInt32LE(WKB_MULTIPOLYGON + EWKB_HAS_SRID, at);
  at = bytes.writeUInt32LE(srid, at);
  at = bytes.writeUInt32LE(geometry.length, at);
  for (const polygon of geometry) {
    at = bytes.writeUInt8(1, at);
    at = bytes.writeUInt32LE(WKB_POLYGON, at);
    at = bytes.writeUInt32LE(polygon.length, at);
    for (const ring of polygon) {
      at = bytes.writeUInt32LE(ring.length, at);
      for (const [x, y] of ring) at = bytes.writeDoubleLE(y, bytes.writeDoubleLE(x, at));
    }
  }
  return bytes;
}

/** A flat piece of the Earth around a position: good to a few parts in a thousand over a county. */
export interface Plane {
  /** Degrees → metres east and north of the origin. */
  toMetres(position: Position): Position;
  /** Metres → degrees, rounded to seven decimals (about a centimetre), as surveyed data is kept. */
  toDegrees(position: Position): Position;
}

const METRES_PER_DEGREE = 111_195;

export function planeAt([lon, lat]: Position): Plane {
  const metresPerLon = METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  const round = (degrees: number) => Math.round(degrees * 1e7) / 1e7;
  return {
    toMetres: ([x, y]) => [(x - lon) * metresPerLon, (y - lat) * METRES_PER_DEGREE],
    toDegrees: ([x, y]) => [round(lon + x / metresPerLon), round(lat + y / METRES_PER_DEGREE)],
  };
}

export function mapPositions(geometry: MultiPolygon, change: (position: Position) => Position): MultiPolygon {
  return geometry.map((polygon) => polygon.map((ring) => ring.map(change)));
}
