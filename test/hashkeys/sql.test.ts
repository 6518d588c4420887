import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { createKeyHasher, type KeyColumn } from "../../src/hashkeys/hasher.ts";
import type { LogicalType } from "../../src/model/logical-type.ts";
import { geoMetadata } from "../../src/parquet/geo/metadata.ts";
import { GeoSummary } from "../../src/parquet/geo/summary.ts";
import type { ParquetField } from "../../src/parquet/schema.ts";
import { geometryFamily } from "../../src/pgtypes/geometry.ts";
import { geometrySamples } from "../support/geometry-samples.ts";
import { duckdb, parquetFile } from "../support/parquet-file.ts";
import { postgisDatabase, type TestDatabase, testDatabase } from "../support/postgres.ts";
import { fromVector } from "../support/vector-values.ts";
import { toVector } from "../support/vectors.ts";
import { copyPayloads, toFields } from "../support/wire.ts";

const PAGE = readFileSync(new URL("../../docs/hash-keys.md", import.meta.url), "utf8");

/** The statement that the page shows for an engine. */
function statement(engine: string): string {
  return new RegExp(`\`\`\`sql ${engine}\n([^]*?)\`\`\``).exec(PAGE)?.[1] ?? assert.fail(`no statement for ${engine}`);
}

const UTF8: LogicalType = { type: "utf8" };
const WKB: LogicalType = { type: "wkb", edges: "planar", srid: 4326 };
const UUID: LogicalType = { type: "uuid" };

interface Landed {
  readonly geoids: unknown[];
  readonly uuids: Uint8Array[];
  readonly geometries: unknown[];
}

/** Reads the table as an extract would. */
async function land(database: TestDatabase, form: "postgis" | "bytea"): Promise<Landed> {
  const client = new pg.Client({ connectionString: database.dsn });
  await client.connect();
  try {
    const [geoids, uuids, ewkb] = await copyPayloads(client, "SELECT geoid, ll_uuid, wkb_geometry FROM public.tx_travis");
    const decoder = geometryFamily.createDecoder({ codec: "geometry", form, srid: 4326, unrepresentable: "error" }, () =>
      assert.fail(),
    );
    return {
      geoids: geoids!.map((geoid) => Buffer.from(geoid!).toString()),
      uuids: uuids!.map((uuid) => new Uint8Array(uuid!)),
      geometries: fromVector(WKB, decoder.decode(toFields(ewkb!))),
    };
  } finally {
    await client.end();
  }
}

const dashed = (uuid: Uint8Array) =>
  Buffer.from(uuid)
    .toString("hex")
    .replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");

interface Keys {
  geoid: unknown;
  ll_uuid: unknown;
  _source_hashkey: unknown;
  _record_hashkey: unknown;
}

function hashed({ geoids, uuids, geometries }: Landed): Keys[] {
  const columns: KeyColumn[] = [UTF8, UUID, WKB].map((type, index) => ({ name: `c${index}`, index, type }));
  const hasher = createKeyHasher({ source: columns.slice(0, 2), record: columns, separator: "", nullKey: "error" });
  const vectors = [toVector(UTF8, geoids), toVector(UUID, uuids), toVector(WKB, geometries)];
  const [source, record] = hasher.hash(vectors, geoids.length, 0).map((vector) => fromVector(UTF8, vector));
  return geoids.map((geoid, i) => ({
    geoid,
    ll_uuid: dashed(uuids[i]!),
    _source_hashkey: source![i],
    _record_hashkey: record![i],
  }));
}

/** The landed file, in either profile. */
function file({ geoids, uuids, geometries }: Landed, profile: "lake" | "native"): Promise<Buffer> {
  const summary = new GeoSummary();
  const vector = toVector(WKB, geometries);
  if (vector.kind === "bytes") summary.add(vector);
  const { json } = geoMetadata([
    { name: "wkb_geometry", srid: 4326, reference: { crs: "EPSG:4326" }, edges: "planar", summary: summary.result() },
  ]);
  const fields: ParquetField[] = [
    { name: "geoid", type: UTF8, nullable: true },
    { name: "ll_uuid", type: profile === "lake" ? UTF8 : UUID, nullable: true },
    { name: "wkb_geometry", type: WKB, nullable: true },
  ];
  const rows = geoids.map((geoid, i) => [geoid, profile === "lake" ? dashed(uuids[i]!) : uuids[i], geometries[i]]);
  return parquetFile(fields, rows, { metadata: json === null ? [] : [["geo", json]] });
}

function compare(found: readonly Record<string, unknown>[], expected: readonly Keys[]): void {
  const byUuid = (rows: readonly object[]) =>
    [...rows].sort((a, b) => String(Object.values(a)[1]).localeCompare(String(Object.values(b)[1])));
  assert.deepEqual(
    byUuid(found).map((row) => ({ ...row })),
    byUuid(expected),
  );
}

async function compareInDuckDb(landed: Landed): Promise<void> {
  const sql = statement("duckdb").replace("'tx_travis_2026-11-30.parquet'", "$file");
  for (const profile of ["lake", "native"] as const) compare(await duckdb(await file(landed, profile), sql), hashed(landed));
}

const postgis = await postgisDatabase();

describe("the documented SQL over PostGIS", { skip: postgis === null && "PostGIS is not installed" }, () => {
  before(async () => {
    // Geometries with M values too: they land, though GeoParquet can't describe them.
    await postgis?.query("CREATE TABLE public.tx_travis (geoid text, ll_uuid uuid, wkb_geometry geometry)");
    await postgis?.query(
      `INSERT INTO public.tx_travis
       SELECT '4845' || n % 10, gen_random_uuid(), ST_SetSRID(w::geometry, 4326) FROM unnest($1::text[]) WITH ORDINALITY AS u(w, n)`,
      [[...geometrySamples(), null]],
    );
  });
  after(() => postgis?.drop());

  it("gives our keys in PostgreSQL", async () => {
    compare(await postgis!.query(statement("postgis")), hashed(await land(postgis!, "postgis")));
  });

  it("gives our keys in DuckDB, from what landed", async () => {
    await compareInDuckDb(await land(postgis!, "postgis"));
    await postgis!.query("DELETE FROM public.tx_travis WHERE ST_Zmflag(wkb_geometry) IN (1, 3)");
    await compareInDuckDb(await land(postgis!, "postgis"));
  });
});

describe("the documented SQL over EWKB in bytea", () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
    await database.query("CREATE TABLE public.tx_travis (geoid text, ll_uuid uuid, wkb_geometry bytea)");
    // With SRID 4326, without one, and none at all.
    await database.query(`INSERT INTO public.tx_travis SELECT '48453', gen_random_uuid(), decode(hex, 'hex') FROM (VALUES
      ('0101000020e6100000000000000000f03f0000000000000040'), ('0101000000000000000000f03f0000000000000040'), (NULL),
      ('0103000020e610000001000000040000000000000000000000000000000000000000000000000010400000000000000000000000000000104000000000000010400000000000000000 0000000000000000')
    ) AS v(hex)`);
  });
  after(() => database.drop());

  it("gives our keys in PostgreSQL and in DuckDB", async () => {
    const landed = await land(database, "bytea");
    compare(await database.query(statement("bytea")), hashed(landed));
    await compareInDuckDb(landed);
  });
});
