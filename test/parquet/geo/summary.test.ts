import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import pg from "pg";
import {
  boundingBox,
  GeoSummary,
  type GeoSummaryData,
  geometryTypeNames,
  mergeGeoSummaries,
} from "../../../src/parquet/geo/summary.ts";
import { geometryArbitrary, geometrySamples } from "../../support/geometry-samples.ts";
import { postgisDatabase } from "../../support/postgres.ts";
import { toVector } from "../../support/vectors.ts";
import { copyPayloads, type Payload } from "../../support/wire.ts";

function summarise(values: readonly Payload[]): GeoSummaryData {
  const summary = new GeoSummary();
  const vector = toVector({ type: "wkb", edges: "planar", srid: null }, values);
  if (vector.kind === "bytes") summary.add(vector);
  return summary.result();
}

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const POINT_1_2 = bytes("0101000000 000000000000f03f 0000000000000040");
const POINT_Z_1_2_INF = bytes("01e9030000 000000000000f03f 0000000000000040 000000000000f07f");
const POINT_M_1_2_3 = bytes("01d1070000 000000000000f03f 0000000000000040 0000000000000840");
const POINT_EMPTY = bytes("0101000000 000000000000f87f 000000000000f87f");
const POINT_Z_EMPTY = bytes("01e9030000 000000000000f87f 000000000000f87f 000000000000f87f");

const database = await postgisDatabase();

describe("GeoSummary against PostGIS", { skip: database === null && "PostGIS is not installed" }, () => {
  const client = new pg.Client({ connectionString: database?.dsn ?? "" });
  before(() => client.connect());
  after(async () => {
    await client.end();
    await database?.drop();
  });

  /** What PostGIS says of the geometries: the extent of its vertices, and the types. */
  async function oracle(wkts: readonly string[]) {
    const given = "SELECT w::geometry AS g FROM unnest($1::text[]) AS w";
    const { rows } = await client.query(
      `WITH given AS (${given}), p AS (SELECT d.geom FROM given, ST_DumpPoints(g) AS d WHERE NOT ST_IsEmpty(d.geom))
       SELECT (SELECT ARRAY[min(ST_X(geom)), min(ST_Y(geom)), min(ST_Z(geom)), max(ST_X(geom)), max(ST_Y(geom)), max(ST_Z(geom))] FROM p) AS box,
         (SELECT ARRAY[ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)] FROM (SELECT ST_Extent(g) AS e FROM given) AS x) AS extent,
         (SELECT array_agg(DISTINCT substr(ST_GeometryType(g), 4) || CASE WHEN ST_Zmflag(g) IN (2, 3) THEN ' Z' ELSE '' END) FROM given) AS types,
         (SELECT bool_or(ST_Zmflag(g) IN (1, 3)) FROM given) AS m`,
      [wkts],
    );
    const { box, extent, types, m } = rows[0] as {
      box: (number | null)[];
      extent: (number | null)[];
      types: string[];
      m: boolean;
    };
    // Of 0 and -0, which are equal, either may be the least.
    const present = box.filter((value) => value !== null).map((value) => value + 0);
    return { box: present.length === 0 ? null : present, extent: extent[0] === null ? null : extent, types: types.sort(), m };
  }

  /** ST_Extent looks at no hole: a random one may well lie outside of its polygon. */
  async function compare(wkts: readonly string[], polygonsAreValid: boolean): Promise<void> {
    const values = `SELECT ST_AsBinary(w::geometry, 'NDR') FROM unnest(ARRAY[${wkts.map((wkt) => `'${wkt}'`).join(",")}]) AS w`;
    const [wkbs] = await copyPayloads(client, values);
    const summary = summarise([null, ...wkbs!]);
    const expected = await oracle(wkts);
    const box = boundingBox(summary);
    assert.deepEqual(box?.map((value) => value + 0) ?? null, expected.box);
    if (polygonsAreValid) assert.deepEqual(box?.length === 6 ? [0, 1, 3, 4].map((i) => box[i]) : box, expected.extent);
    assert.deepEqual(geometryTypeNames(summary.types).sort(), expected.types);
    assert.equal(summary.hasM, expected.m);
    // However the rows are spread over row groups and threads, the whole is the same.
    const halves = [wkbs!.slice(0, wkbs!.length >> 1), wkbs!.slice(wkbs!.length >> 1)].map(summarise);
    assert.deepEqual(mergeGeoSummaries(structuredClone(halves)), summary);
  }

  it("finds the box and the types of every kind, one by one and all at once", async () => {
    for (const sample of geometrySamples()) await compare([sample], true);
    await compare(geometrySamples(), true);
  });

  it("finds the box and the types of random geometries", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(geometryArbitrary, { minLength: 1, maxLength: 20 }), (wkts) => compare(wkts, false)),
      { numRuns: 60 },
    );
  });
});

describe("GeoSummary", () => {
  it("knows nothing of a column without geometries", () => {
    const summary = summarise([null, null]);
    assert.deepEqual([summary.types, summary.hasM, boundingBox(summary)], [0, false, null]);
    assert.deepEqual(mergeGeoSummaries([]), summary);
  });

  it("passes over empty points, whose coordinates are NaN", () => {
    assert.deepEqual(boundingBox(summarise([POINT_EMPTY, POINT_1_2, POINT_EMPTY])), [1, 2, 1, 2]);
    assert.equal(boundingBox(summarise([POINT_EMPTY])), null);
    assert.deepEqual(geometryTypeNames(summarise([POINT_EMPTY, POINT_Z_EMPTY]).types), ["Point", "Point Z"]);
    assert.deepEqual(boundingBox(summarise([POINT_1_2, POINT_Z_EMPTY])), [1, 2, 1, 2]);
  });

  it("gives no box where a coordinate is infinite, since JSON has no word for it", () => {
    assert.equal(boundingBox(summarise([POINT_Z_1_2_INF])), null);
  });

  it("tells that there are M values, and leaves them out of the box", () => {
    const summary = summarise([POINT_M_1_2_3]);
    assert.equal(summary.hasM, true);
    assert.deepEqual(boundingBox(summary), [1, 2, 1, 2]);
  });
});
