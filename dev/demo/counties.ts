import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { feature } from "topojson-client";
import { area, bounds, type MultiPolygon, mapPositions, orient, type Polygon, planeAt, type Ring } from "./geometry.ts";
import { seededRandom } from "./random.ts";

/** One row of `public.verse`: a county of the United States. */
export interface County {
  /** Five-digit FIPS code with its leading zero. */
  readonly geoid: string;
  /** State's postal code, lower case as in paths. */
  readonly state: string;
  readonly name: string;
  /** county, parish, borough, … */
  readonly type: string;
  /** Name of the parcel table and of the county's exports: lower-case ASCII, unique. */
  readonly tableName: string;
  readonly path: string;
  /** Degrees, EPSG:4326; shells counter-clockwise. Without polygons where the source has no usable outline. */
  readonly outline: MultiPolygon;
  /** Land and water; null without an outline. */
  readonly squareKilometres: number | null;
  /** Number of parcels: made up, but never another number for the same county. */
  readonly parcels: number;
  /** `YYYY-MM-DD`. */
  readonly lastRefresh: string;
}

/** Source: ANSI INCITS 38, state FIPS codes and postal codes. */
const POSTAL_CODES: Readonly<Record<string, string>> = Object.fromEntries(
  `01AL 02AK 04AZ 05AR 06CA 08CO 09CT 10DE 11DC 12FL 13GA 15HI 16ID 17IL 18IN 19IA 20KS 21KY 22LA 23ME 24MD 25MA 26MI 27MN
   28MS 29MO 30MT 31NE 32NV 33NH 34NJ 35NM 36NY 37NC 38ND 39OH 40OK 41OR 42PA 44RI 45SC 46SD 47TN 48TX 49UT 50VT 51VA 53WA
   54WV 55WI 56WY 60AS 66GU 69MP 72PR 78VI`
    .split(/\s+/)
    .map((pair) => [pair.slice(0, 2), pair.slice(2).toLowerCase()]),
);

/** All counties and what stands for one in other states and territories, by geoid. Outlines and names: us-atlas, from the Census Bureau. */
export function readCounties(): County[] {
  const file = createRequire(import.meta.url).resolve("us-atlas/counties-10m.json");
  const topology = JSON.parse(readFileSync(file, "utf8"));
  const { features } = feature(topology, topology.objects.counties) as unknown as { features: CountyFeature[] };
  const counties = features
    .map(({ id, properties, geometry }) => {
      const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
      return describe(id, properties.name, withoutCollapsed(polygons).map(orient));
    })
    .sort((one, other) => (one.geoid < other.geoid ? -1 : 1));
  return withUniqueTableNames(counties);
}

/** us-atlas keeps coordinates on a grid, on which some islets, holes and the whole of Falls Church fell together into a line. */
function withoutCollapsed(polygons: MultiPolygon): MultiPolygon {
  const hasArea = (ring: Ring) => new Set(ring.map(String)).size > 2;
  return polygons.filter(([shell]) => hasArea(shell!)).map((polygon) => polygon.filter(hasArea));
}

interface CountyFeature {
  readonly id: string;
  readonly properties: { readonly name: string };
  readonly geometry:
    | { readonly type: "Polygon"; readonly coordinates: Polygon }
    | { readonly type: "MultiPolygon"; readonly coordinates: MultiPolygon };
}

function describe(geoid: string, name: string, outline: MultiPolygon): County {
  const state = POSTAL_CODES[geoid.slice(0, 2)];
  if (state === undefined) throw new Error(`us-atlas: ${geoid} is in no state`);
  const random = seededRandom(`verse/${geoid}`);
  return {
    geoid,
    state,
    name,
    type: countyType(geoid, state, name),
    tableName: `${state}_${asciiName(name, "_")}`,
    path: `/us/${state}/${asciiName(name, "-")}`,
    outline,
    squareKilometres: squareKilometres(outline),
    parcels: Math.min(2_500_000, Math.max(90, Math.round(random.skewed(17_000, 1.45)))),
    lastRefresh: new Date(Date.UTC(2024, 0, 1 + random.int(0, 600))).toISOString().slice(0, 10),
  };
}

function squareKilometres(outline: MultiPolygon): number | null {
  if (outline.length === 0) return null;
  const [west, south, east, north] = bounds(outline);
  const { toMetres } = planeAt([(west + east) / 2, (south + north) / 2]);
  return area(mapPositions(outline, toMetres)) / 1e6;
}

const CENSUS_AREAS =
  /^(Aleutians West|Bethel|Dillingham|Hoonah-Angoon|Kusilvak|Nome|Prince of Wales-Hyder|Southeast Fairbanks|Valdez-Cordova|Yukon-Koyukuk)$/;

/** What the state calls it. Source: Census Bureau, legal/statistical area descriptions. */
function countyType(geoid: string, state: string, name: string): string {
  if (state === "la") return "parish";
  if (state === "dc") return "district";
  if (state === "pr" || state === "mp") return "municipio";
  if (state === "as") return /Rose|Swains/.test(name) ? "atoll" : "district";
  if (state === "gu") return "territory";
  if (state === "vi") return "island";
  if (state === "ak" && CENSUS_AREAS.test(name)) return "census area";
  if (state === "ak") return /^(Anchorage|Skagway)$/.test(name) ? "municipality" : "borough";
  const isIndependentCity = ["24510", "29510", "32510"].includes(geoid) || (state === "va" && geoid >= "51500");
  return isIndependentCity ? "city" : "county";
}

/** `Doña Ana` → `dona_ana`, `St. Mary's` → `st_marys`. */
function asciiName(name: string, separator: string): string {
  return name
    .normalize("NFD")
    .replace(/[\u0300-\u036f.']/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, separator);
}

/** A city outside any county that has the name of a county next to it says so: `md_baltimore`, `md_baltimore_city`. */
function withUniqueTableNames(counties: readonly County[]): County[] {
  const countyTables = new Set(counties.filter(({ type }) => type !== "city").map(({ tableName }) => tableName));
  return counties.map((county) =>
    county.type === "city" && countyTables.has(county.tableName)
      ? { ...county, tableName: `${county.tableName}_city`, path: `${county.path}-city` }
      : county,
  );
}
