/**
 * `node --import tsx dev/make-outlines.ts`: writes src/report/outlines.txt.br, the counties of the United States as a report draws them.
 * Outlines and names: us-atlas, from the Census Bureau's cartographic boundary files. src/page/outlines.ts tells how the text is read.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { brotliCompressSync, constants } from "node:zlib";
import { type County, readCounties } from "./demo/counties.ts";

/** The page of us-atlas' Albers files, in their pixels, and ours: whole numbers, a twentieth of a pixel each. */
const WIDTH = 975;
const HEIGHT = 610;
const UNITS_PER_PIXEL = 20;

type Position = readonly [number, number];
type Project = (position: Position) => Position;

interface Topology {
  readonly transform: { readonly scale: Position; readonly translate: Position };
  readonly arcs: readonly (readonly Position[])[];
  readonly objects: {
    readonly counties: { readonly geometries: readonly Area[] };
    readonly states: { readonly geometries: readonly { readonly id: string; readonly properties: { readonly name: string } }[] };
  };
}
type Area = { readonly id: string } & (
  | { readonly type: "Polygon"; readonly arcs: readonly (readonly number[])[] }
  | { readonly type: "MultiPolygon"; readonly arcs: readonly (readonly (readonly number[])[])[] }
);

/** Where the territories stand, which the Albers files leave out: boxes in the Gulf of Mexico, each on a scale of its own. */
const INSETS: Readonly<
  Record<string, { readonly x: number; readonly y: number; readonly width: number; readonly height: number }>
> = {
  "72": { x: 555, y: 568, width: 78, height: 32 },
  "78": { x: 643, y: 568, width: 30, height: 32 },
  "66": { x: 688, y: 568, width: 18, height: 32 },
  "69": { x: 718, y: 560, width: 14, height: 40 },
  "60": { x: 745, y: 568, width: 32, height: 32 },
};

const states = readTopology("counties-albers-10m");
const world = readTopology("counties-10m");
const counties = new Map(readCounties().map((county) => [county.geoid, county]));
const arcs: string[] = [];
const lines: string[] = [];

addAreas(states, states.objects.counties.geometries, (position) => position);
for (const [state, box] of Object.entries(INSETS)) {
  const areas = world.objects.counties.geometries.filter(({ id }) => id.startsWith(state));
  addAreas(world, areas, fit(world, areas, box));
}
const stateLines = world.objects.states.geometries
  .map(
    ({ id, properties }) =>
      `${id}\t${[...counties.values()].find(({ geoid }) => geoid.startsWith(id))!.state.toUpperCase()}\t${properties.name}`,
  )
  .sort();
const head = [WIDTH * UNITS_PER_PIXEL, HEIGHT * UNITS_PER_PIXEL, arcs.length, stateLines.length].join("\t");
const text = [head, ...arcs, ...stateLines, ...lines.sort()].join("\n");
const target = new URL("../src/page/outlines.txt.br", import.meta.url);
const options = {
  [constants.BROTLI_PARAM_QUALITY]: 11,
  [constants.BROTLI_PARAM_LGWIN]: 22,
  [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
};
writeFileSync(target, brotliCompressSync(Buffer.from(text), { params: options }));
console.log(`${lines.length} counties, ${arcs.length} arcs, ${text.length} characters, ${readFileSync(target).length} bytes`);

function readTopology(name: string): Topology {
  return JSON.parse(readFileSync(createRequire(import.meta.url).resolve(`us-atlas/${name}.json`), "utf8")) as Topology;
}

/** Adds the arcs that these areas use, projected, and a line for each area. */
function addAreas(topology: Topology, areas: readonly Area[], project: Project): void {
  const renamed = new Map<number, number>();
  const nameOf = (arc: number): number => {
    const index = arc < 0 ? ~arc : arc;
    if (!renamed.has(index)) {
      renamed.set(index, arcs.length);
      arcs.push(encode(decodeArc(topology, index).map(project)));
    }
    return arc < 0 ? ~renamed.get(index)! : renamed.get(index)!;
  };
  for (const area of areas) {
    const rings = area.type === "Polygon" ? area.arcs : area.arcs.flat();
    lines.push(`${area.id}\t${title(counties.get(area.id)!)}\t${rings.map((ring) => ring.map(nameOf).join(",")).join(";")}`);
  }
}

/** Positions of an arc, taken out of TopoJSON's deltas. Source: TopoJSON format specification 1.0, section 2.1.3. */
function decodeArc({ transform, arcs }: Topology, index: number): Position[] {
  let x = 0;
  let y = 0;
  return arcs[index]!.map(([dx, dy]) => {
    x += dx;
    y += dy;
    return [x * transform.scale[0] + transform.translate[0], y * transform.scale[1] + transform.translate[1]];
  });
}

/** Longitude and latitude → pixels of a box, north up, lengths true to the middle of the areas. */
function fit(topology: Topology, areas: readonly Area[], box: (typeof INSETS)[string]): Project {
  const used = new Set(areas.flatMap((area) => area.arcs.flat(2)).map((arc) => (arc < 0 ? ~arc : arc)));
  const positions = [...used].flatMap((index) => decodeArc(topology, index));
  const longitudes = positions.map(([longitude]) => longitude);
  const latitudes = positions.map(([, latitude]) => latitude);
  const [west, east] = [Math.min(...longitudes), Math.max(...longitudes)];
  const [south, north] = [Math.min(...latitudes), Math.max(...latitudes)];
  const shrink = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const scale = Math.min(box.width / ((east - west) * shrink), box.height / (north - south));
  return ([longitude, latitude]) => [
    box.x + (box.width - (east - west) * shrink * scale) / 2 + (longitude - west) * shrink * scale,
    box.y + (north - latitude) * scale,
  ];
}

/** `Travis County`, `Orleans Parish`, `Richmond city`; the name alone where nobody adds what it is. */
function title({ name, type }: County): string {
  if (type === "city") return / City$/.test(name) ? name : `${name} city`;
  if (type === "district" || type === "territory" || type === "atoll" || type === "island") return name;
  return `${name} ${type.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())}`;
}

/** The first position and the steps from it, each number zigzag and in base 32, least digit first; digits above 31 go on. */
function encode(positions: readonly Position[]): string {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  let text = "";
  let before = [0, 0];
  for (const position of positions) {
    const at = position.map((pixels) => Math.round(pixels * UNITS_PER_PIXEL));
    const step = at.map((value, axis) => value - before[axis]!);
    if (text !== "" && step.every((value) => value === 0)) continue;
    for (const value of step) {
      let rest = value < 0 ? -2 * value - 1 : 2 * value;
      for (; rest > 31; rest = Math.floor(rest / 32)) text += digits[(rest % 32) + 32];
      text += digits[rest];
    }
    before = at;
  }
  return text;
}
