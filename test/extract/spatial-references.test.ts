import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { parquetMetadata } from "hyparquet";
import { extract, type Folder, landed, objectConfig, readLanded, temporaryFolder } from "../support/extract.ts";
import { postgisDatabase, type TestDatabase, testDatabase } from "../support/postgres.ts";

/** EWKB of POINT(1 2) with an SRID. */
function point(srid: number): string {
  const ewkb = Buffer.alloc(25);
  ewkb.writeUInt8(1);
  ewkb.writeUInt32LE(0x20000001, 1);
  ewkb.writeUInt32LE(srid, 5);
  ewkb.writeDoubleLE(1, 9);
  ewkb.writeDoubleLE(2, 17);
  return `decode('${ewkb.toString("hex")}', 'hex')`;
}

interface Told {
  /** Name and id of the file's CRS, by column. */
  readonly crs: Readonly<Record<string, string | null>>;
  readonly warnings: readonly string[];
}

let folder: Folder;
before(async () => {
  folder = await temporaryFolder();
});
after(() => folder.remove());

async function land(database: Pick<TestDatabase, "dsn">, query: string, columns: Record<string, object> = {}): Promise<Told> {
  const warnings: string[] = [];
  const events = { warning: ({ message }: { message: string }) => void warnings.push(message) };
  const config = objectConfig({ source: { query }, columns });
  const manifest = landed(await extract(config, database.dsn, `${folder.url}/${randomBytes(4).toString("hex")}`, { events }));
  const { key_value_metadata: pairs = [] } = parquetMetadata(new Uint8Array(await readLanded(manifest)).buffer);
  const geo = JSON.parse(pairs.find(({ key }) => key === "geo")?.value ?? "{}");
  const crs = Object.entries(geo.columns ?? {}).map(([name, column]) => {
    const { crs: found } = column as { crs: { name: string; id: { authority: string; code: number } } | null };
    return [name, found === null ? null : `${found.id.authority}:${found.id.code} ${found.name}`];
  });
  return { crs: Object.fromEntries(crs), warnings };
}

describe("the crs of a geometry column", () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.drop());
  const g = { g: { as: "geometry" } };

  it("is EPSG's where the database has no spatial_ref_sys", async () => {
    const told = await land(database, `SELECT ${point(20002)} AS g`, g);
    assert.deepEqual(told, { crs: { g: "EPSG:20002 MWC18 Grid" }, warnings: [] });
  });

  describe("of a database with a spatial_ref_sys", () => {
    before(async () => {
      await database.query(`CREATE SCHEMA "my gis";
        CREATE TABLE "my gis".spatial_ref_sys (srid integer PRIMARY KEY, auth_name varchar(256), auth_srid integer, srtext varchar(2048), proj4text varchar(2048));
        INSERT INTO "my gis".spatial_ref_sys VALUES
          (4326, 'EPSG', 4326, 'GEOGCS["WGS 84",AUTHORITY["EPSG","4326"]]'),
          (20002, 'ESRI', 20002, 'PROJCS["Pulkovo_1995_GK_Zone_2",AUTHORITY["ESRI","20002"]]'),
          (102738, 'ESRI', 102738, NULL),
          (2277, 'epsg', 3081, 'PROJCS["home-made number of Texas State Mapping System"]'),
          (3857, 'EPSG', 3857, 'PROJCS["not the web mercator",AUTHORITY["EPSG","27700"]]'),
          (2154, NULL, NULL, 'PROJCS["my own"]'),
          (9999, 'MINE', 4326, 'PROJCS["my own",AUTHORITY["MINE","4326"]]')`);
    });

    const cases: (readonly [number, string | null, string[]])[] = [
      [4326, "EPSG:4326 WGS 84", []],
      [20002, null, ["SRID 20002, which is ESRI:20002, a system that is not known here"]],
      [102738, "ESRI:102738 NAD_1983_StatePlane_Texas_North_Central_FIPS_4202_Feet", []],
      [2277, "EPSG:3081 NAD83 / Texas State Mapping System", []],
      [3857, null, ['SRID 3857, which "my gis".spatial_ref_sys calls EPSG:3857 and, in its srtext, something else']],
      [2154, null, ['SRID 2154, for which "my gis".spatial_ref_sys names no authority']],
      [9999, null, ["SRID 9999, which is MINE:4326, a system that is not known here"]],
      [27700, null, ['SRID 27700, which is not in "my gis".spatial_ref_sys']],
    ];
    for (const [srid, crs, why] of cases) {
      const warnings = why.map((text) => `column "g" has ${text}, so its crs is null.`);
      it(`is what that says of the values' SRID: ${srid}`, async () => {
        assert.deepEqual(await land(database, `SELECT ${point(srid)} AS g`, g), { crs: { g: crs }, warnings });
      });
      it(`is what that says of the declared SRID: ${srid}`, async () => {
        const declared = { g: { as: "geometry", srid } };
        assert.deepEqual(await land(database, `SELECT ${point(srid)} AS g`, declared), { crs: { g: crs }, warnings });
      });
    }

    it("is null where the role may not read that", async () => {
      const role = `reader_${randomBytes(4).toString("hex")}`;
      await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
      const dsn = new URL(database.dsn);
      [dsn.username, dsn.password] = [role, "x"];
      const told = await land({ dsn: dsn.href }, `SELECT ${point(4326)} AS g`, g);
      assert.deepEqual(told, {
        crs: { g: null },
        warnings: ['column "g" has SRID 4326, and the role may not read "my gis".spatial_ref_sys, so its crs is null.'],
      });
      await database.query(`DROP ROLE ${role}`);
    });
  });

  it("is what PostGIS's own spatial_ref_sys says", async (t) => {
    const postgis = await postgisDatabase();
    if (postgis === null) return t.skip("PostGIS is not installed");
    await postgis.query(`CREATE TABLE shapes (a geometry(Point, 20002), b geometry(Point, 102738), c geometry, d geometry(Point, 2277), e geography);
      INSERT INTO shapes VALUES (NULL, NULL, ST_SetSRID(ST_MakePoint(1, 2), 20003), NULL, ST_MakePoint(1, 2))`);
    const told = await land(postgis, "TABLE shapes");
    await postgis.drop();
    assert.deepEqual(told, {
      crs: {
        a: null,
        b: "ESRI:102738 NAD_1983_StatePlane_Texas_North_Central_FIPS_4202_Feet",
        c: null,
        d: "EPSG:2277 NAD83 / Texas Central (ftUS)",
        e: "EPSG:4326 WGS 84",
      },
      warnings: [
        'column "a" has SRID 20002, which is ESRI:20002, a system that is not known here, so its crs is null.',
        'column "c" has SRID 20003, which is ESRI:20003, a system that is not known here, so its crs is null.',
      ],
    });
  });
});
