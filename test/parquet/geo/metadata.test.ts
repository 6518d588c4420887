import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { brotliDecompressSync } from "node:zlib";
import { z } from "zod";
import { projjson } from "../../../src/parquet/geo/crs.ts";
import { type GeoColumn, geoMetadata, sridsJson } from "../../../src/parquet/geo/metadata.ts";
import type { GeoSummaryData } from "../../../src/parquet/geo/summary.ts";

/** The rules of https://geoparquet.org/releases/v1.1.0/schema.json, as far as a file of WKB can meet them. */
const GeoParquetSchema = z
  .strictObject({
    version: z.literal("1.1.0"),
    primary_column: z.string().min(1),
    columns: z.record(
      z.string().min(1),
      z.strictObject({
        encoding: z.literal("WKB"),
        geometry_types: z.array(z.string().regex(/^(GeometryCollection|(Multi)?(Point|LineString|Polygon))( Z)?$/)),
        crs: z
          .looseObject({
            type: z.string().regex(/CRS$/),
            name: z.string(),
            id: z.object({ authority: z.string(), code: z.number() }),
          })
          .nullable(),
        edges: z.enum(["planar", "spherical"]),
        bbox: z.union([z.array(z.number()).length(4), z.array(z.number()).length(6)]).optional(),
      }),
    ),
  })
  .refine((geo) => geo.primary_column in geo.columns, "the primary column is described");

const NOTHING: GeoSummaryData = {
  types: 0,
  hasM: false,
  bounds: [Infinity, Infinity, Infinity, -Infinity, -Infinity, -Infinity],
};
const POLYGONS: GeoSummaryData = { types: 0b100100, hasM: false, bounds: [-97.5, 30, Infinity, -97.25, 30.5, -Infinity] };

const column = (name: string, overrides: Partial<GeoColumn> = {}): GeoColumn => ({
  name,
  srid: 4326,
  reference: overrides.srid === 0 || overrides.srid === null ? null : { crs: `EPSG:${overrides.srid ?? 4326}` },
  edges: "planar",
  summary: POLYGONS,
  ...overrides,
});

function parsed(columns: readonly GeoColumn[], primary: string | null = null) {
  const { json, warnings } = geoMetadata(columns, primary);
  return { geo: GeoParquetSchema.parse(JSON.parse(json ?? assert.fail("no metadata"))), warnings };
}

describe("geoMetadata", () => {
  it("describes each column by encoding, types, crs, edges and box", () => {
    const { geo, warnings } = parsed([column("wkb_geometry"), column("center", { edges: "spherical", srid: 4269 })]);
    assert.deepEqual(warnings, []);
    assert.equal(geo.primary_column, "wkb_geometry");
    assert.deepEqual(geo.columns["wkb_geometry"], {
      encoding: "WKB",
      geometry_types: ["Polygon", "MultiPolygon"],
      crs: projjson("EPSG:4326"),
      edges: "planar",
      bbox: [-97.5, 30, -97.25, 30.5],
    });
    assert.equal(geo.columns["center"]!.edges, "spherical");
    assert.deepEqual(geo.columns["center"]!.crs?.id, { authority: "EPSG", code: 4269 });
  });

  it("has a box of six numbers where there are heights", () => {
    const summary: GeoSummaryData = { types: 1 << 8, hasM: false, bounds: [1, 2, 3, 4, 5, 6] };
    const { geo } = parsed([column("g", { summary })]);
    assert.deepEqual(geo.columns["g"]!.bbox, [1, 2, 3, 4, 5, 6]);
    assert.deepEqual(geo.columns["g"]!.geometry_types, ["Point Z"]);
  });

  it("never leaves the crs to the default: an unknown one is null, with a warning", () => {
    for (const [srid, warning] of [
      [0, 'column "g" has no SRID, so its crs is null; name one with columns.g.srid.'],
      [102008, 'column "g" has SRID 102008, which is EPSG:102008, a system that is not known here, so its crs is null.'],
    ] as const) {
      const { geo, warnings } = parsed([column("g", { srid })]);
      assert.equal(geo.columns["g"]!.crs, null);
      assert.deepEqual(warnings, [warning]);
    }
  });

  it("makes no claim about a column without geometries", () => {
    const { geo, warnings } = parsed([column("g", { srid: null, summary: NOTHING })]);
    assert.deepEqual(geo.columns["g"], { encoding: "WKB", geometry_types: [], crs: null, edges: "planar" });
    assert.deepEqual(warnings, []);
  });

  it("leaves out a column with M values, which GeoParquet 1.1 doesn't have, with a warning", () => {
    const withM = column("trace", { summary: { ...POLYGONS, hasM: true } });
    const { geo, warnings } = parsed([withM, column("g")], "trace");
    assert.deepEqual(Object.keys(geo.columns), ["g"]);
    assert.equal(geo.primary_column, "g");
    assert.match(warnings.join(), /"trace" has geometries with M values/);
    assert.equal(geoMetadata([withM]).json, null);
  });

  it("takes the primary column that it is given", () => {
    assert.equal(parsed([column("a"), column("b")], "b").geo.primary_column, "b");
    assert.equal(parsed([column("a"), column("b")], "c").geo.primary_column, "a");
  });

  it("is the same text for the same facts", () => {
    assert.equal(geoMetadata([column("a")]).json, geoMetadata([column("a")]).json);
  });
});

describe("sridsJson", () => {
  it("tells SRID 0 from one that nobody knows", () => {
    assert.equal(sridsJson([column("a"), column("b", { srid: 0 }), column("c", { srid: null })]), '{"a":4326,"b":0,"c":null}');
  });
});

describe("projjson", () => {
  const names: readonly (readonly [srid: number, name: string])[] = [
    [4326, "WGS 84"],
    [4979, "WGS 84"],
    [4269, "NAD83"],
    [4267, "NAD27"],
    [3857, "WGS 84 / Pseudo-Mercator"],
    [5070, "NAD83 / Conus Albers"],
    [26914, "NAD83 / UTM zone 14N"],
    [26714, "NAD27 / UTM zone 14N"],
    [32614, "WGS 84 / UTM zone 14N"],
    [32756, "WGS 84 / UTM zone 56S"],
    [32139, "NAD83 / Texas Central"],
    [2277, "NAD83 / Texas Central (ftUS)"],
    [2253, "NAD83 / Michigan South (ft)"],
    [2918, "NAD83(HARN) / Texas Central (ftUS)"],
    [3663, "NAD83(NSRS2007) / Texas Central"],
    [6578, "NAD83(2011) / Texas Central (ftUS)"],
    [6318, "NAD83(2011)"],
    [27700, "OSGB36 / British National Grid"],
    [2154, "RGF93 v1 / Lambert-93"],
    [25828, "ETRS89 / UTM zone 28N"],
    [25838, "ETRS89 / UTM zone 38N"],
    [31370, "BD72 / Belgian Lambert 72"],
    [28992, "Amersfoort / RD New"],
    [3035, "ETRS89-extended / LAEA Europe"],
    [2056, "CH1903+ / LV95"],
    [5514, "S-JTSK / Krovak East North"],
  ];

  for (const [srid, name] of names) {
    it(`knows ${srid}, ${name}`, () => {
      const crs = projjson(`EPSG:${srid}`);
      assert.equal(crs?.name, name);
      assert.deepEqual(crs?.["id"], { authority: "EPSG", code: srid });
      assert.ok(crs?.["coordinate_system"]);
      assert.ok(crs?.["datum"] ?? crs?.["datum_ensemble"] ?? crs?.["base_crs"]);
    });
  }

  it("has 4326 at hand, as the dataset has it", () => {
    const dataset = new URL("../../../src/parquet/geo/projjson.tsv.br", import.meta.url);
    const lines = brotliDecompressSync(readFileSync(dataset)).toString().split("\n");
    const line = lines.find((text) => text.startsWith("4326\t"));
    assert.equal(`4326\t${JSON.stringify(projjson("EPSG:4326"))}`, line);
  });

  it("knows Esri's systems by their own authority, whatever EPSG has by that number", () => {
    assert.equal(projjson("EPSG:20002")?.name, "MWC18 Grid");
    assert.equal(projjson("ESRI:20002"), null);
    const texas = projjson("ESRI:102738");
    assert.deepEqual(
      [texas?.name, texas?.["id"]],
      ["NAD_1983_StatePlane_Texas_North_Central_FIPS_4202_Feet", { authority: "ESRI", code: 102738 }],
    );
  });

  it("knows none that its authority doesn't, and none of other authorities", () => {
    for (const code of ["0", "-1", "1", "102008", "432", "43260", "", "4326\t", "04326"])
      assert.equal(projjson(`EPSG:${code}`), null);
    for (const name of ["ESRI:4326", "IGNF:LAMB93", "__proto__:4326", "4326", ""]) assert.equal(projjson(name), null);
  });
});
