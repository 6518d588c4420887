import type { Position, Ring } from "./geometry.ts";
import type { Random } from "./random.ts";
import { closed, ROAD_METRES, rectangle, SECTION_METRES, type Shape, shore, unplatted } from "./shape.ts";

/** A section in the country: two ranches on the two banks of a creek, or tracts of some acres each. */
export function* ranches(random: Random): Generator<Shape> {
  if (random.chance(0.3)) return yield* tracts(random);
  const creek = meander(random);
  const roads = random.pick([0, 0, 0, 1, 2] as const);
  yield* ranch("north", creek, roads, random);
  yield* ranch("south", creek, roads, random);
}

/** The section in four, and some quarters in four again: no land of odd shape, so that little is lost along a border. */
export function* tracts(random: Random): Generator<Shape> {
  yield* quarters(ROAD_METRES, ROAD_METRES, SECTION_METRES - 2 * ROAD_METRES, 2, random);
}

function* quarters(west: number, south: number, side: number, depth: number, random: Random): Generator<Shape> {
  const half = side / 2;
  for (const [x, y] of [
    [west, south],
    [west + half, south],
    [west, south + half],
    [west + half, south + half],
  ] as const) {
    if (depth > 1 && random.chance(0.6)) yield* quarters(x, y, half, depth - 1, random);
    else yield unplatted("acreage", [[rectangle(x, y, x + half, y + half)]]);
  }
}

/**
 * One bank of the creek. Highways cut a ranch into parts that stay one parcel; a homestead sold off and a stock pond of the
 * water district are holes in it, and parcels of their own.
 */
function* ranch(bank: "north" | "south", creek: Ring, roads: 0 | 1 | 2, random: Random): Generator<Shape> {
  const parts = bankParts(creek, roads).map((water): Position[] => {
    const edge = bank === "north" ? SECTION_METRES - ROAD_METRES : ROAD_METRES;
    return [...water, [water[water.length - 1]![0], edge], [water[0]![0], edge]];
  });
  const polygons = parts.map((part): Ring[] => [closed(part)]);
  const far = SECTION_METRES * (bank === "north" ? random.between(0.82, 0.88) : random.between(0.06, 0.12));
  if (random.chance(0.35)) {
    const west = SECTION_METRES * random.between(0.08, 0.2);
    const homestead = rectangle(west, far, west + random.between(40, 140), far + random.between(40, 90));
    polygons[0]!.push(homestead);
    yield unplatted("homestead", [[homestead]]);
  }
  if (random.chance(0.2)) {
    const water = shore([SECTION_METRES * random.between(0.75, 0.9), far], random.between(15, 70), random);
    polygons[polygons.length - 1]!.push(water);
    yield unplatted("pond", [[water]]);
  }
  yield unplatted("ranch", polygons);
}

/** The creek between highways, each 1/32 of the section wide. */
function bankParts(creek: Ring, roads: 0 | 1 | 2): Ring[] {
  const thirtySecond = (creek.length - 1) / 32;
  const cut = (from: number, to: number) => creek.slice(from * thirtySecond, to * thirtySecond + 1);
  if (roads === 0) return [creek];
  return roads === 1 ? [cut(0, 15), cut(16, 32)] : [cut(0, 10), cut(11, 21), cut(22, 32)];
}

/**
 * A creek from the section's west side to its east side, never turning back, and staying between 0.28 and 0.72 of its height:
 * midpoint displacement. Surveyors walked most creeks with few stakes, and a few with a GPS in the hand.
 */
function meander(random: Random): Position[] {
  const steps = Number(random.weighted({ 32: 500, 128: 350, 512: 110, 4096: 38, 16384: 2 }));
  const heights = new Float64Array(steps + 1).fill(SECTION_METRES / 2);
  let reach = SECTION_METRES * 0.099;
  for (let stride = steps; stride > 1; stride /= 2) {
    for (let at = stride / 2; at < steps; at += stride) {
      heights[at] = (heights[at - stride / 2]! + heights[at + stride / 2]!) / 2 + random.between(-reach, reach);
    }
    reach *= 0.55;
  }
  const width = SECTION_METRES - 2 * ROAD_METRES;
  return Array.from(heights, (height, step): Position => [ROAD_METRES + (width * step) / steps, height]);
}
