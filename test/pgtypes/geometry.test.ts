import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import pg from "pg";
import { type Mapping, type PgType, Unrepresentable } from "../../src/pgtypes/contract.ts";
import { GEOMETRY_NAMES } from "../../src/pgtypes/ewkb.ts";
import { geometryFamily } from "../../src/pgtypes/geometry.ts";
import { decodeGeometryTypmod } from "../../src/pgtypes/geometry-typmod.ts";
import { BYTEA, decode, GEOGRAPHY, GEOMETRY, hexes, mapped, noParts, TEXT } from "../support/geometry-columns.ts";
import { geometryArbitrary, geometrySamples, UNSUPPORTED_SAMPLES } from "../support/geometry-samples.ts";
import { postgisDatabase, type TestDatabase } from "../support/postgres.ts";
import { copyPayloads, toFields } from "../support/wire.ts";

const database: TestDatabase | null = await postgisDatabase();

describe("geometry from PostGIS", { skip: database === null && "PostGIS is not installed" }, () => {
  const { dsn } = database ?? { dsn: "" };
  const client = new pg.Client({ connectionString: dsn });
  const samples = geometrySamples();

  before(async () => {
    await client.connect();
    await client.query("CREATE TABLE samples (id int, g geometry, gg geography)");
    await client.query(
      `INSERT INTO samples SELECT n, ST_SetSRID(w::geometry, 4326), ST_SetSRID(w::geometry, 4326)::geography
       FROM unnest($1::text[]) WITH ORDINALITY AS u(w, n)`,
      [samples],
    );
  });

  after(async () => {
    await client.end();
    await database?.drop();
  });

  async function compare(select: string, mapping: Mapping, expected: string): Promise<{ srid: number | null }> {
    const [payloads, iso] = await copyPayloads(client, `SELECT ${select}, ${expected} FROM samples ORDER BY id`);
    const { values, srid } = decode(mapping, payloads!);
    const ours = hexes(values);
    const theirs = hexes(iso!);
    samples.forEach((text, i) => {
      assert.equal(ours[i], theirs[i], text);
    });
    return { srid };
  }

  it("lands what ST_AsBinary gives for every kind and dimension, empty, plain and nested", async () => {
    assert.equal(samples.length, 68);
    const { srid } = await compare("g", mapped(GEOMETRY), "ST_AsBinary(g, 'NDR')");
    assert.equal(srid, 4326);
  });

  it("lands geography the same way, with spherical edges", async () => {
    const mapping = mapped(GEOGRAPHY);
    assert.deepEqual(mapping.type, { type: "wkb", edges: "spherical", srid: null });
    assert.equal((await compare("gg", mapping, "ST_AsBinary(gg, 'NDR')")).srid, 4326);
  });

  for (const order of ["NDR", "XDR"]) {
    it(`lands bytea that holds EWKB or WKB in ${order}`, async () => {
      const geometry = mapped(BYTEA, { as: "geometry" });
      assert.equal((await compare(`ST_AsEWKB(g, '${order}')`, geometry, "ST_AsBinary(g, 'NDR')")).srid, 4326);
      assert.equal((await compare(`ST_AsBinary(g, '${order}')`, geometry, "ST_AsBinary(g, 'NDR')")).srid, 0);
      assert.equal(
        (await compare(`ST_AsBinary(g, '${order}')`, mapped(BYTEA, { as: "geometry", srid: 4326 }), "ST_AsBinary(g, 'NDR')"))
          .srid,
        4326,
      );
    });

    it(`lands text that holds the hex digits of EWKB in ${order}`, async () => {
      await compare(`ST_AsHEXEWKB(g, '${order}')`, mapped(TEXT, { as: "geometry" }), "ST_AsBinary(g, 'NDR')");
      await compare(`lower(ST_AsHEXEWKB(g, '${order}'))`, mapped(TEXT, { as: "geography" }), "ST_AsBinary(g, 'NDR')");
    });
  }

  it("gives back what the server sent", async () => {
    const [g, hex, plain] = await copyPayloads(client, "SELECT g, g::text, ST_SetSRID(g, 0) FROM samples ORDER BY id");
    for (const [mapping, wire, srid] of [
      [mapped(GEOMETRY), g!, 4326],
      [mapped(GEOMETRY), plain!, null],
      [mapped(TEXT, { as: "geometry" }), hex!, 4326],
      [mapped(GEOMETRY, { srid: 4326 }), [null, ...g!, null], undefined],
    ] as const) {
      const decoder = geometryFamily.createDecoder(mapping.spec, noParts);
      const spec = srid === undefined ? mapping.spec : { ...mapping.spec, srid };
      const encoder = geometryFamily.createEncoder(spec, noParts);
      assert.deepEqual(hexes(encoder.encode(decoder.decode(toFields(wire)))), hexes(wire));
    }
  });

  it("names every kind that has no counterpart, on its own or inside a collection", async () => {
    for (const [wkt, name] of UNSUPPORTED_SAMPLES) {
      const [payloads] = await copyPayloads(client, `SELECT unnest(ARRAY['POINT(1 2)'::geometry, '${wkt}'])`);
      assert.throws(
        () => decode(mapped(GEOMETRY), payloads!),
        (error) => error instanceof Unrepresentable && error.slot === 1 && error.message.startsWith(`${name} has no counterpart`),
        wkt,
      );
      const { values } = decode(mapped(GEOMETRY, { unrepresentable: "null" }), payloads!);
      assert.deepEqual(hexes(values), ["0101000000000000000000f03f0000000000000040", null], wkt);
    }
  });

  it("reads the type modifiers that PostGIS writes", async () => {
    await client.query(
      `CREATE TABLE modified (a geometry(MultiPolygon, 4326), b geometry(PointZM, 3857), c geometry(LineStringM), d geometry,
         e geography, f geography(Polygon), g geography(PointZ, 4269), h geometry(GeometryCollectionZ, 900913))`,
    );
    const { rows } = await client.query<{ type: PgType["name"]; typmod: number }>(
      `SELECT atttypid::regtype::text AS type, atttypmod AS typmod FROM pg_attribute
       WHERE attrelid = 'modified'::regclass AND attnum > 0 ORDER BY attnum`,
    );
    const read = ({ typmod }: { typmod: number }) => {
      const modifier = decodeGeometryTypmod(typmod);
      if (modifier === null) return null;
      const { kind, hasZ, hasM, srid } = modifier;
      return `${GEOMETRY_NAMES[kind]}${hasZ ? "Z" : ""}${hasM ? "M" : ""},${srid}`;
    };
    assert.deepEqual(rows.map(read), [
      "MultiPolygon,4326",
      "PointZM,3857",
      "LineStringM,0",
      null,
      null,
      "Polygon,4326",
      "PointZ,4269",
      "GeometryCollectionZ,900913",
    ]);
    const mappings = rows.map(({ type, typmod }) => mapped(type === "geometry" ? GEOMETRY : GEOGRAPHY, {}, typmod));
    assert.deepEqual(
      mappings.map(({ type }) => (type.type === "wkb" ? [type.edges, type.srid] : null)),
      [
        ["planar", 4326],
        ["planar", 3857],
        ["planar", null],
        ["planar", null],
        ["spherical", null],
        ["spherical", 4326],
        ["spherical", 4269],
        ["planar", 900913],
      ],
    );
  });

  it("keeps empty parts where ST_AsBinary drops them, since no other part has coordinates", async () => {
    const sql = (wkt: string) =>
      `SELECT g, ST_AsBinary(g, 'NDR'), ST_AsEWKB(ST_SetSRID(g, 0), 'NDR') FROM (SELECT '${wkt}'::geometry) AS v(g)`;
    for (const wkt of ["MULTIPOLYGON(EMPTY)", "SRID=4326;GEOMETRYCOLLECTION(POINT(1 2), MULTIPOLYGON(EMPTY, EMPTY))"]) {
      const [wire, dropped, kept] = await copyPayloads(client, sql(wkt));
      const { values } = decode(mapped(GEOMETRY), wire!);
      assert.deepEqual(hexes(values), hexes(kept!));
      assert.notDeepEqual(hexes(values), hexes(dropped!));
    }
  });

  it("lands random geometries as the server writes them, from either byte order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(geometryArbitrary, { minLength: 1, maxLength: 40 }), async (geometries) => {
        const [ewkb, xdr, iso] = await copyPayloads(
          client,
          `SELECT g, ST_AsEWKB(g, 'XDR'), CASE WHEN ST_Zmflag(g) = 0 THEN ST_AsEWKB(ST_SetSRID(g, 0), 'NDR') ELSE ST_AsBinary(g, 'NDR') END
           FROM unnest('{${geometries.map((wkt) => `"SRID=4326;${wkt}"`).join(",")}}'::text[]) AS w, CAST(w AS geometry) AS g`,
        );
        assert.deepEqual(hexes(decode(mapped(GEOMETRY), ewkb!).values), hexes(iso!));
        assert.deepEqual(hexes(decode(mapped(BYTEA, { as: "geometry" }), xdr!).values), hexes(iso!));
      }),
      { numRuns: 40 },
    );
  });
});
