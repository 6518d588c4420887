import { type MultiPolygon, orient, type Polygon, type Position, type Ring } from "./geometry.ts";
import type { Random } from "./random.ts";

/** A square mile, the side of a section in the Public Land Survey. */
export const SECTION_METRES = 1609;
/** Half of the road that runs along each side of a section: nobody's parcel. */
export const ROAD_METRES = 15;

export type LandUse = "house" | "vacant" | "apartments" | "shop" | "park" | "pond" | "common" | "ranch" | "homestead" | "acreage";

/** A piece of land within its section: metres east and north of the section's corner, shells counter-clockwise. */
export interface Shape {
  readonly use: LandUse;
  readonly polygons: MultiPolygon;
  /** Block and lot of a plat, from 1; null where land was never platted. */
  readonly block: number | null;
  readonly lot: number | null;
  /** The section's how-manieth street it fronts, from 0; null when it fronts none. */
  readonly street: number | null;
  /** Odd on the south side of the street, even on the north side. */
  readonly houseNumber: number | null;
}

export function unplatted(use: LandUse, polygons: readonly Polygon[]): Shape {
  return { use, polygons: polygons.map(orient), block: null, lot: null, street: null, houseNumber: null };
}

export function closed(positions: readonly Position[]): Ring {
  return [...positions, positions[0]!];
}

export function rectangle(west: number, south: number, east: number, north: number): Ring {
  return closed([
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ]);
}

/** The shore of a pond: a circle that nobody drew with a compass, within `radius` of its centre. */
export function shore([x, y]: Position, radius: number, random: Random): Ring {
  const vertices = random.int(12, 40);
  return closed(
    Array.from({ length: vertices }, (_, index): Position => {
      const angle = (2 * Math.PI * index) / vertices;
      const reach = radius * random.between(0.75, 1);
      return [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
    }),
  );
}

/** The ring with a corner rounded off, as kerbs do where streets meet. */
export function roundCorner(ring: Ring, corner: Position, radius: number): Ring {
  const open = ring.slice(0, -1);
  const index = open.findIndex(([x, y]) => x === corner[0] && y === corner[1]);
  if (index === -1) throw new RangeError("the corner is none of the ring's");
  const from = towards(corner, open.at(index - 1)!, radius);
  const to = towards(corner, open[(index + 1) % open.length]!, radius);
  const arc = [0, 0.25, 0.5, 0.75, 1].map((t): Position => {
    const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
    return [a * from[0] + b * corner[0] + c * to[0], a * from[1] + b * corner[1] + c * to[1]];
  });
  return closed([...open.slice(0, index), ...arc, ...open.slice(index + 1)]);
}

function towards([x0, y0]: Position, [x1, y1]: Position, metres: number): Position {
  const share = metres / Math.hypot(x1 - x0, y1 - y0);
  return [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
}
