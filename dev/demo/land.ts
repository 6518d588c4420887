import {
  bounds,
  containsRing,
  type MultiPolygon,
  mapPositions,
  type Plane,
  type Position,
  planeAt,
  ringsMeet,
} from "./geometry.ts";
import { suburbanLots, urbanLots } from "./lots.ts";
import type { Place, Town } from "./places.ts";
import { ranches, tracts } from "./ranches.ts";
import { type Random, seededRandom } from "./random.ts";
import { rectangle, SECTION_METRES, type Shape } from "./shape.ts";

/** One piece of land with an owner, before anybody wrote anything about it. */
export interface Land extends Shape {
  /** `polygons` in EPSG:4326, seven decimals, inside the county. */
  readonly geometry: MultiPolygon;
  readonly section: Section;
}

/** A square mile of the county. */
export interface Section {
  /** From 1; its draws depend on the seed and on this alone. */
  readonly number: number;
  readonly town: Town;
  /** Metres to the centre of the town. */
  readonly townMetres: number;
  /** South-west corner, metres on the turned grid. */
  readonly corner: Position;
  /** False when a border of the county crosses it. */
  readonly whole: boolean;
}

export interface LayOutOptions {
  /** Lots in town to lay at the least; what lies in the country comes on top. */
  readonly lots: number;
  readonly seed: string;
}

/**
 * Lays land over a whole county, section by section: the ones nearest to the centres of towns in city blocks, the next in suburban lots,
 * the rest in ranches and acreage. Land never overlaps other land and never leaves the county.
 * @throws RangeError when the county has no room for that many lots.
 */
export function* layOut(place: Place, outline: MultiPolygon, { lots, seed }: LayOutOptions): Generator<Land> {
  const grid = turnedGrid(place);
  let laid = 0;
  for (const section of sectionsFromTheCentres(place, outline, grid)) {
    const random = seededRandom(`${seed}/${place.geoid}/section ${section.number}`);
    const isTown = laid < lots;
    for (const shape of isTown ? townLots(laid / lots, random) : countryside(section, random)) {
      const geometry = mapPositions(shape.polygons, ([x, y]) => grid.toDegrees([section.corner[0] + x, section.corner[1] + y]));
      if (!section.whole && !geometry.every(([shell]) => containsRing(outline, shell!))) continue;
      if (isTown) laid += 1;
      yield { ...shape, geometry, section };
    }
  }
  if (laid < lots) throw new RangeError(`${place.county} county has room for ${laid} lots, not for ${lots}`);
}

/** Town grows from its blocks to its suburbs. */
function townLots(share: number, random: Random): Iterable<Shape> {
  return share < 0.85 ? urbanLots(random) : suburbanLots(random);
}

function countryside(section: Section, random: Random): Iterable<Shape> {
  return section.whole ? ranches(random) : tracts(random);
}

/** Every section that has land of the county, nearest to a town first; a town of weight 2 reaches twice as far. */
function sectionsFromTheCentres(place: Place, county: MultiPolygon, { toMetres }: Grid): Section[] {
  const outline = mapPositions(county, toMetres);
  const centres = place.towns.map((town) => ({ town, centre: toMetres(town.centre) }));
  const sections: (Section & { readonly rank: number })[] = [];
  const [west, south, east, north] = bounds(outline);
  for (let y = south; y < north; y += SECTION_METRES) {
    for (let x = west; x < east; x += SECTION_METRES) {
      const square = rectangle(x, y, x + SECTION_METRES, y + SECTION_METRES);
      const whole = containsRing(outline, square);
      if (!whole && !outline.some(([shell]) => ringsMeet(shell!, square))) continue;
      const nearest = centres
        .map(({ town, centre }) => {
          const townMetres = Math.hypot(x + SECTION_METRES / 2 - centre[0], y + SECTION_METRES / 2 - centre[1]);
          return { town, townMetres, rank: townMetres / town.weight };
        })
        .reduce((best, other) => (other.rank < best.rank ? other : best));
      sections.push({ ...nearest, number: sections.length + 1, corner: [x, y], whole });
    }
  }
  return sections.sort((one, other) => one.rank - other.rank || one.number - other.number);
}

/** Metres along the county's streets, which look `gridDegrees` away from east and north. */
type Grid = Plane;

function turnedGrid(place: Place): Grid {
  const plane = planeAt(place.towns[0]!.centre);
  const radians = (place.gridDegrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(radians), Math.sin(radians)];
  return {
    toMetres(position) {
      const [x, y] = plane.toMetres(position);
      return [x * cos + y * sin, y * cos - x * sin];
    },
    toDegrees: ([x, y]) => plane.toDegrees([x * cos - y * sin, x * sin + y * cos]),
  };
}
