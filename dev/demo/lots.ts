import type { Polygon, Position, Ring } from "./geometry.ts";
import type { Random } from "./random.ts";
import { closed, ROAD_METRES, rectangle, roundCorner, SECTION_METRES, type Shape, shore, unplatted } from "./shape.ts";

interface Plat {
  /** Blocks across and up one section. */
  readonly columns: number;
  readonly rows: number;
  readonly streetMetres: number;
  readonly lotMetres: { readonly min: number; readonly max: number };
}

/** One block between streets: metres within the section. */
interface Block {
  readonly number: number;
  readonly column: number;
  /** Its southern street; the northern one is the next. */
  readonly street: number;
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** A section of city blocks: some 2,000 lots of 20 by 35 metres. */
export function* urbanLots(random: Random): Generator<Shape> {
  yield* lots({ columns: random.int(5, 8), rows: random.int(16, 20), streetMetres: 16, lotMetres: { min: 15, max: 25 } }, random);
}

/** A section of some 300 lots of an acre and more, and the green strips that their owners hold in common. */
export function* suburbanLots(random: Random): Generator<Shape> {
  const plat: Plat = {
    columns: random.int(2, 4),
    rows: random.int(5, 7),
    streetMetres: 20,
    lotMetres: { min: 38, max: 70 },
  };
  yield* lots(plat, random);
  yield esplanades(plat);
}

function* lots(plat: Plat, random: Random): Generator<Shape> {
  for (const block of blocks(plat)) {
    switch (random.weighted({ houses: 88, shops: 5, apartments: 4, park: 3 })) {
      case "houses":
        yield* houses(block, plat, "south", random);
        yield* houses(block, plat, "north", random);
        break;
      case "shops":
        yield* shops(block, random);
        break;
      case "apartments":
        yield apartments(block, random);
        break;
      case "park":
        yield* park(block, random);
        break;
    }
  }
}

function* blocks({ columns, rows, streetMetres }: Plat): Generator<Block> {
  const inner = SECTION_METRES - 2 * ROAD_METRES;
  const width = (inner - (columns - 1) * streetMetres) / columns;
  const height = (inner - (rows - 1) * streetMetres) / rows;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const west = ROAD_METRES + column * (width + streetMetres);
      const south = ROAD_METRES + row * (height + streetMetres);
      const number = row * columns + column + 1;
      yield { number, column, street: row, west, south, east: west + width, north: south + height };
    }
  }
}

/** One of the two rows of lots of a block: they lie back to back, and face the street of their side. */
function* houses(block: Block, plat: Plat, side: "south" | "north", random: Random): Generator<Shape> {
  const rings = lotRings(block, plat, side, random);
  const taken = new Set<number>();
  for (let index = 0; index < rings.length; index++) {
    if (taken.has(index)) continue;
    const polygons: Polygon[] = [[rings[index]!]];
    // Some people buy the lot next but one, too: one parcel in two parts.
    if (index + 2 < rings.length && random.chance(0.012)) {
      polygons.push([rings[index + 2]!]);
      taken.add(index + 2);
    }
    yield {
      use: random.chance(0.06) ? "vacant" : "house",
      polygons,
      block: block.number,
      lot: side === "south" ? index + 1 : 2 * rings.length - index,
      street: side === "south" ? block.street : block.street + 1,
      houseNumber: 100 * (block.column + 1) + 4 * index + (side === "south" ? 2 : 1),
    };
  }
}

/** Quadrilaterals that share their sides; the ones at the ends have a rounded corner. */
function lotRings(block: Block, plat: Plat, side: "south" | "north", random: Random): Ring[] {
  const { west, east } = block;
  const middle = (block.south + block.north) / 2;
  const front = side === "south" ? block.south : block.north;
  const count = Math.max(1, Math.round((east - west) / random.between(plat.lotMetres.min, plat.lotMetres.max)));
  const pitch = (east - west) / count;
  const cuts = Array.from({ length: count + 1 }, (_, index) => {
    const isEnd = index === 0 || index === count;
    const atFront = west + pitch * (index + (isEnd ? 0 : random.between(-0.2, 0.2)));
    return { atFront, atBack: isEnd ? atFront : atFront + pitch * random.between(-0.15, 0.15) };
  });
  return cuts.slice(1).map((right, index) => {
    const left = cuts[index]!;
    const across: Position[] = [
      [left.atFront, front],
      [right.atFront, front],
    ];
    const back: Position[] = [
      [right.atBack, middle],
      [left.atBack, middle],
    ];
    let ring = closed(side === "south" ? [...across, ...back] : [...back.reverse(), ...across.reverse()]);
    if (index === 0) ring = roundCorner(ring, [left.atFront, front], 5);
    if (index === count - 1) ring = roundCorner(ring, [right.atFront, front], 5);
    return ring;
  });
}

function* shops(block: Block, random: Random): Generator<Shape> {
  const count = random.int(2, 4);
  const width = (block.east - block.west) / count;
  for (let index = 0; index < count; index++) {
    const west = block.west + index * width;
    yield {
      ...platted("shop", block, [[rectangle(west, block.south, west + width, block.north)]]),
      lot: index + 1,
      houseNumber: 100 * (block.column + 1) + 20 * index,
    };
  }
}

/** A whole block; half of them are two buildings' grounds with a lane between that belongs to the city. */
function apartments(block: Block, random: Random): Shape {
  const { west, south, east, north } = block;
  const lane = (west + east) / 2;
  return platted(
    "apartments",
    block,
    random.chance(0.5)
      ? [[rectangle(west, south, lane - 4, north)], [rectangle(lane + 4, south, east, north)]]
      : [[rectangle(west, south, east, north)]],
  );
}

/** A whole block, often around a retention pond, which is a parcel of its own and so a hole in the park. */
function* park(block: Block, random: Random): Generator<Shape> {
  const { west, south, east, north } = block;
  const shell = rectangle(west, south, east, north);
  if (random.chance(0.4)) return yield platted("park", block, [[shell]]);
  const water = shore([(west + east) / 2, (south + north) / 2], (north - south) * random.between(0.2, 0.4), random);
  yield platted("park", block, [[shell, [...water].reverse()]]);
  yield { ...platted("pond", block, [[water]]), lot: 2, houseNumber: null };
}

/** The green strips in the middle of a section's streets: one parcel of the home owners' association, a part for each block. */
function esplanades(plat: Plat): Shape {
  const strips = [...blocks(plat)]
    .filter(({ street }) => street > 0)
    .map(({ west, south, east }): Polygon => {
      const centre = south - plat.streetMetres / 2;
      return [rectangle(west + 10, centre - 2, east - 10, centre + 2)];
    });
  return unplatted("common", strips);
}

function platted(use: Shape["use"], block: Block, polygons: readonly Polygon[]): Shape {
  return { use, polygons, block: block.number, lot: 1, street: block.street, houseNumber: 100 * (block.column + 1) };
}
