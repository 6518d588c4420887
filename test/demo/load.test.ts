import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, describe, it } from "node:test";
import pg from "pg";
import { type County, readCounties } from "../../dev/demo/counties.ts";
import { multiPolygonEwkb, SRID } from "../../dev/demo/geometry.ts";
import { type GeometryType, loadParcels, loadVerse } from "../../dev/demo/load.ts";
import { PARCEL_COLUMN_INDEX } from "../../dev/demo/parcel-columns.ts";
import { generateParcels } from "../../dev/demo/parcels.ts";
import { PLACES } from "../../dev/demo/places.ts";
import { postgisDatabase, type TestDatabase, testDatabase } from "../support/postgres.ts";
import { readMultiPolygonEwkb } from "./ewkb.ts";

const counties = readCounties();
const place = PLACES[0]!;
const travis = counties.find(({ geoid }) => geoid === place.geoid)!;
const options = { lots: 2_000, seed: "test" };

async function load(database: TestDatabase, geometryType: GeometryType, county: County = travis) {
  const client = new pg.Client({ connectionString: database.dsn });
  await client.connect();
  try {
    const parcels = await loadParcels(client, county, place, { ...options, geometryType });
    const filled = new Map([[place.geoid, { place, rows: parcels.rows }]]);
    return { parcels, verse: await loadVerse(client, counties, filled, { geometryType }) };
  } finally {
    await client.end();
  }
}

describe("loading the demo's tables", async () => {
  const database = await testDatabase();
  after(() => database.drop());
  const loaded = await load(database, "bytea");

  it("stores every row as it was generated", async () => {
    const expected = [...generateParcels(place, travis.outline, options)];
    const rows = await database.query(
      `SELECT ll_uuid::text, owner, legaldesc, gisacre, saleprice::text, saledate::text, struct, md5(wkb_geometry) AS md5,
              to_char(ll_updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ll_updated_at
         FROM tx_travis ORDER BY ogc_fid`,
    );
    assert.equal(rows.length, expected.length);
    assert.equal(loaded.parcels.rows, expected.length);
    for (const [index, { md5, ...row }] of rows.entries()) {
      const { values, geometry } = expected[index]!;
      for (const [name, value] of Object.entries(row)) {
        assert.equal(value, values[PARCEL_COLUMN_INDEX[name as keyof typeof PARCEL_COLUMN_INDEX]], `row ${index + 1}, ${name}`);
      }
      assert.equal(md5, createHash("md5").update(multiPolygonEwkb(geometry, SRID)).digest("hex"), `row ${index + 1}`);
    }
  });

  it("holds geometry as EWKB with SRID 4326 where there is no PostGIS", async () => {
    const [row] = await database.query("SELECT wkb_geometry FROM verse WHERE geoid = '48453'");
    assert.deepEqual(readMultiPolygonEwkb(row!["wkb_geometry"] as Buffer), { srid: 4326, geometry: travis.outline });
  });

  it("has no geometry for a county whose outline is not known", async () => {
    const rows = await database.query("SELECT geoid FROM verse WHERE wkb_geometry IS NULL");
    assert.deepEqual(rows, [{ geoid: "51610" }]);
  });

  it("tells verse how many parcels a table really has", async () => {
    assert.equal(loaded.verse.rows, counties.length);
    const [row] = await database.query(
      "SELECT admin0, admin1, admin2, admin2_center, table_name, total_objects FROM verse WHERE geoid = '48453'",
    );
    assert.deepEqual(row, {
      admin0: "us",
      admin1: "tx",
      admin2: "Travis",
      admin2_center: "Austin",
      table_name: "tx_travis",
      total_objects: loaded.parcels.rows,
    });
  });

  it("leaves a table alone that is there already", async () => {
    await assert.rejects(load(database, "bytea"), /already exists/);
    const [row] = await database.query("SELECT count(*)::int AS rows FROM tx_travis");
    assert.deepEqual(row, { rows: loaded.parcels.rows });
  });

  it("leaves nothing behind when the rows don't come to an end", async () => {
    const noRoom: County = { ...travis, tableName: "tx_nowhere", outline: [[[[0, 0], [1e-4, 0], [0, 1e-4], [0, 0]]]] }; // biome-ignore format: one ring
    await assert.rejects(load(database, "bytea", noRoom), /room for 0 lots/);
    const [row] = await database.query("SELECT to_regclass('public.tx_nowhere') AS table");
    assert.deepEqual(row, { table: null });
  });
});

describe("loading the demo's tables where there is PostGIS", async () => {
  const database = await postgisDatabase();
  after(() => database?.drop());

  it("gives valid MultiPolygons that lie in their county and don't overlap", {
    skip: database === null && "no PostGIS",
  }, async () => {
    await load(database!, "geometry");
    const [row] = await database!.query(`
      SELECT count(*) FILTER (WHERE NOT ST_IsValid(p.wkb_geometry))::int AS invalid,
             count(*) FILTER (WHERE NOT ST_Covers(v.wkb_geometry, p.wkb_geometry))::int AS outside,
             array_agg(DISTINCT ST_SRID(p.wkb_geometry)) AS srids
        FROM tx_travis p JOIN verse v USING (geoid)`);
    assert.deepEqual(row, { invalid: 0, outside: 0, srids: [4326] });
    // Corners are rounded to a centimetre, so neighbours may share a sliver.
    const [overlap] = await database!.query(`
      SELECT coalesce(max(ST_Area(ST_Intersection(a.wkb_geometry, b.wkb_geometry)::geography)), 0)::float8 AS square_metres
        FROM tx_travis a JOIN tx_travis b ON a.ogc_fid < b.ogc_fid AND a.wkb_geometry && b.wkb_geometry
       WHERE a.ogc_fid <= 2000 AND b.ogc_fid <= 2000`);
    assert.ok((overlap!["square_metres"] as number) < 2, JSON.stringify(overlap));
  });
});
