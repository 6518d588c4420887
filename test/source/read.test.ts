import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { tableSelect } from "../../src/model/sql.ts";
import { createSlabPool } from "../../src/source/slab-pool.ts";
import { failsWith } from "../support/fails-with.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { collect, consume, rowsOf, withSource } from "./helpers.ts";

const SLAB_BYTES = 65_536;
const TRANSPORTS = ["copy", "cursor"] as const;

/** Every kind of type, in each the edge values that have a form of their own on the wire. */
const MANY_TYPES = `
CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION ltree;
CREATE SCHEMA "Odd ""schema";
CREATE TYPE "Odd ""schema"."Mood é" AS ENUM ('sad', 'O''k; "fine"', 'ü');
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE DOMAIN very_positive AS positive CHECK (value > 1);
CREATE DOMAIN mood_domain AS "Odd ""schema"."Mood é";
CREATE DOMAIN numbers AS int[];
CREATE TYPE pair AS (a int, "b ""c" text);
CREATE TYPE nested AS (p pair, ps pair[], m "Odd ""schema"."Mood é");
CREATE DOMAIN pair_domain AS pair;
CREATE TABLE many (
  "id" int PRIMARY KEY, b bool, i2 int2, i8 int8, f4 float4, f8 float8, n numeric, n2 numeric(30,10), m money, t text, v varchar(9), c char(5),
  "char" "char", nm name, by bytea, d date, ti time, tz timetz, ts timestamp(3), tstz timestamptz, iv interval, u uuid, j json, jb jsonb, x xml,
  ip inet, ci cidr, ma macaddr, ma8 macaddr8, bi bit(9), vb varbit, p point, l line, ls lseg, bx box, pa path, pg polygon, ci2 circle, o oid,
  lsn pg_lsn, q tsvector, tq tsquery, r int4range, nr numrange, tr tstzrange, mr int4multirange, a int[], a2 text[][], an numeric[], am "Odd ""schema"."Mood é"[],
  mo "Odd ""schema"."Mood é", md mood_domain, dp very_positive, dn numbers, co pair, ne nested, nes nested[], pd pair_domain, h hstore, ct citext, lt ltree, rc regclass,
  "wéird ""col
umn" text
);
INSERT INTO many (id) SELECT generate_series(1, 50);
INSERT INTO many VALUES (100, true, -32768, 9223372036854775807, 'NaN', '-Infinity', 'NaN', -12345678901234567890.0123456789, '-$1,234.56', 'täxt', '', 'ab', 'x', 'nm',
  '\\x00ff', '-infinity', '24:00', '12:00+05:30', '2024-02-29 12:34:56.789', 'infinity', '1 mon -2 days 03:04:05.000006', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  '{"a": 1 }', '{"a": [1, null]}', '<a>b</a>', '::1/64', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', B'101010101', B'1', '(1,2)', '{1,2,3}', '((0,0),(1,1))',
  '((0,0),(1,1))', '((0,0),(1,1))', '((0,0),(1,1),(1,0))', '<(0,0),1>', 4294967295, '16/B374D848', 'a:1 b', 'a & b', '[1,5)', '(,)', 'empty', '{[1,2),[5,6)}',
  '[2:3]={1,NULL}', '{{a,NULL},{"c,\\"",d}}', '{}', '{sad,NULL,ü}', 'O''k; "fine"', 'ü', 7, '{1,2}', ROW(1, 'x'), ROW(ROW(NULL, ''), ARRAY[ROW(1,'y')::pair], 'sad'),
  ARRAY[ROW(NULL, NULL, NULL)::nested], ROW(1, NULL), 'a=>1, b=>NULL', 'CiText', 'a.b.c', 'pg_class', 'odd');
INSERT INTO many (id, t, by) SELECT i, repeat('x', i), decode(md5(i::text), 'hex') FROM generate_series(1000, 3000) i;
`;

describe("reading rows", () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
    await database.query(MANY_TYPES);
    await database.query("CREATE TABLE empty (a int, b text)");
    await database.query("CREATE TABLE big AS SELECT i, repeat(md5(i::text), 30) AS t FROM generate_series(1, 100000) i");
  });
  after(() => database.drop());

  const read = (select: string, transport: (typeof TRANSPORTS)[number], slabBytes = SLAB_BYTES) =>
    withSource(database.dsn, (source) => {
      const pool = createSlabPool({ slabBytes, slabCount: 2 });
      return collect(source.read(select, pool, transport), pool);
    });

  it("gives the same bytes by COPY and by cursor, for every kind of type", async () => {
    const [copy, cursor] = [await read("TABLE many ORDER BY id;", "copy"), await read("TABLE many ORDER BY id;", "cursor")];
    assert.ok(copy.slabs.length > 20);
    assert.deepEqual(cursor.slabs, copy.slabs);
    assert.deepEqual([copy.rows, copy.serverRows, cursor.rows, cursor.serverRows], [2052, 2052, 2052, 2052]);
    assert.equal(copy.slabs.flatMap(rowsOf).length, 2052);
  });

  it("cuts slabs by bytes alone: the same on every run", async () => {
    const [first, second] = [await read("SELECT * FROM big", "copy"), await read("SELECT * FROM big", "copy")];
    assert.ok(first.slabs.slice(0, -1).every((slab) => slab.length <= SLAB_BYTES && slab.length > SLAB_BYTES - 1200));
    assert.deepEqual(second.slabs, first.slabs);
  });

  for (const transport of TRANSPORTS) {
    it(`gives no slab for no rows (${transport})`, async () => {
      assert.deepEqual(await read("SELECT * FROM empty", transport), { slabs: [], rows: 0, serverRows: 0 });
    });

    it(`gives a row larger than a slab a slab of its own (${transport})`, async () => {
      const sizes = [10, 200_000, 10, SLAB_BYTES - 15, 10, 65_521 - 4, SLAB_BYTES];
      const select = `SELECT repeat('x', n) AS t FROM unnest('{${sizes.join(",")}}'::int[]) WITH ORDINALITY u(n, o) ORDER BY o`;
      const { slabs } = await read(select, transport);
      const lengths = slabs.map((slab) => rowsOf(slab).map((row) => row[0]?.length));
      assert.deepEqual(lengths, [[10], [200_000], [10], [SLAB_BYTES - 15], [10], [65_517], [SLAB_BYTES]]);
    });

    it(`reads 1,600 columns (${transport})`, async () => {
      const list = Array.from({ length: 1600 }, (_, at) => `${at}::int2 AS "c ${at} é"`).join(", ");
      const { slabs } = await read(`SELECT ${list}`, transport);
      const [row] = slabs.flatMap(rowsOf);
      assert.deepEqual(
        row?.map((field) => field?.readInt16BE()),
        Array.from({ length: 1600 }, (_, at) => at),
      );
    });

    it(`reads rows without columns (${transport})`, async () => {
      const { rows, slabs } = await read("SELECT FROM generate_series(1, 3)", transport);
      assert.equal(rows, 3);
      assert.deepEqual(slabs.flatMap(rowsOf), [[], [], []]);
    });

    it(`reads identifiers with quotes, newlines and letters of any script (${transport})`, async () => {
      const [schema, table] = ['s"; DROP SCHEMA "x', 'täble "\n; --'];
      const name = (text: string) => `"${text.replaceAll('"', '""')}"`;
      await database.query(`CREATE SCHEMA IF NOT EXISTS ${name(schema)}; DROP TABLE IF EXISTS ${name(schema)}.${name(table)}`);
      await database.query(`CREATE TABLE ${name(schema)}.${name(table)} AS SELECT 'v'::text AS ${name('c"\n漢')}`);
      const { slabs } = await read(tableSelect(schema, table), transport);
      assert.equal(slabs.flatMap(rowsOf)[0]?.[0]?.toString(), "v");
    });

    it(`waits for a slow consumer with two slabs, in bounded memory (${transport})`, async () => {
      const pool = createSlabPool({ slabBytes: 1 << 20, slabCount: 2 });
      let rows = 0;
      let most = 0;
      const before = process.memoryUsage.rss();
      const limit = transport === "copy" ? 100_000 : 20_000;
      await withSource(database.dsn, async (source) => {
        for await (const slab of source.read(`SELECT * FROM big LIMIT ${limit}`, pool, transport)) {
          for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
          rows += slab.rows;
          most = Math.max(most, process.memoryUsage.rss() - before);
          pool.release(slab);
        }
      });
      assert.equal(rows, limit);
      assert.ok(most < 100e6, `${most} bytes more`);
    });

    it(`ends the query when the loop is left, and the connection closes well (${transport})`, async () => {
      const pool = createSlabPool({ slabBytes: SLAB_BYTES, slabCount: 3 });
      await withSource(
        database.dsn,
        async (source) => {
          const endless = source.read("SELECT generate_series(1, 1000000000), repeat('x', 100)", pool, transport);
          for await (const slab of endless) {
            pool.release(slab);
            break;
          }
          await assert.rejects(endless.rows, failsWith("CANCELLED"));
          const active = await database.query(
            "SELECT FROM pg_stat_activity WHERE application_name = 'leaver' AND state = 'active' AND query LIKE '%1000000000%'",
          );
          assert.equal(active.length, 0);
        },
        { applicationName: "leaver" },
      );
      for (let slab = 0; slab < 3; slab++) assert.notEqual(pool.tryAcquire(0), null);
    });
  }

  it("reads a value of 200 MB", async () => {
    const pool = createSlabPool({ slabBytes: 4 << 20, slabCount: 2 });
    await withSource(database.dsn, async (source) => {
      let bytes = 0;
      for await (const slab of source.read("SELECT 1 AS a, repeat('0123456789', 20000000) AS b", pool, "copy")) {
        bytes += slab.byteLength;
        assert.equal(slab.rows, 1);
        assert.equal(slab.bytes[slab.byteLength - 1], 0x39);
        pool.release(slab);
      }
      assert.equal(bytes, 7 + 8 + 4 + 200_000_000);
    });
  });

  it("reads many large rows in the memory of a few", async () => {
    const pool = createSlabPool({ slabBytes: 1 << 20, slabCount: 2 });
    const before = process.memoryUsage.rss();
    await withSource(database.dsn, async (source) => {
      const select = "SELECT repeat('0123456789', 2000000 + i) FROM generate_series(1, 30) i";
      assert.equal((await consume(source.read(select, pool, "copy"), pool)).rows, 30);
    });
    const more = process.memoryUsage.rss() - before;
    assert.ok(more < 150e6, `${more} bytes more`);
  });

  it("answers queries after COPY, and reads again, in the same snapshot", async () => {
    await database.query("CREATE TABLE changing AS SELECT 1 AS a");
    await withSource(database.dsn, async (source) => {
      const pool = createSlabPool({ slabBytes: SLAB_BYTES, slabCount: 2 });
      await database.query("INSERT INTO changing VALUES (2)");
      for (const transport of ["copy", "copy", "cursor", "copy"] as const) {
        assert.equal((await collect(source.read("SELECT * FROM changing", pool, transport), pool)).rows, 1);
        assert.deepEqual(await source.lookup("SELECT count(*) AS n FROM changing"), [{ n: "1" }]);
      }
    });
  });

  it("lets notices by, between the rows", async () => {
    await database.query(
      "CREATE FUNCTION noisy(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'row %', i; RETURN i; END $$",
    );
    const { slabs, rows } = await read("SELECT noisy(i) FROM generate_series(1, 3000) i", "copy", 4096);
    assert.equal(rows, 3000);
    assert.deepEqual(
      slabs.flatMap(rowsOf).map(([field]) => field?.readInt32BE()),
      Array.from({ length: 3000 }, (_, at) => at + 1),
    );
  });
});
