import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { PgType } from "../../src/pgtypes/contract.ts";
import type { Source } from "../../src/source/contract.ts";
import { failsWith } from "../support/fails-with.ts";
import { postgisDatabase, type TestDatabase, testDatabase } from "../support/postgres.ts";
import { open, withSource } from "./helpers.ts";

const SCHEMA = `
CREATE EXTENSION hstore; CREATE EXTENSION citext;
CREATE SCHEMA "a b";
CREATE TYPE "a b"."Mood" AS ENUM ('sad', 'ok');
CREATE DOMAIN small AS numeric(4,1);
CREATE DOMAIN smalls AS small[];
CREATE TYPE inner_pair AS (n numeric(6,2), gone int, "q""t" text[]);
ALTER TYPE inner_pair DROP ATTRIBUTE gone;
CREATE TYPE outer_pair AS (p inner_pair[], s smalls, m "a b"."Mood");
CREATE TABLE t (id int NOT NULL, v varchar(9), n numeric(10,2), a int[][] NOT NULL, o outer_pair, h hstore, c citext[], m "a b"."Mood"[], r int4range, p point, i int2vector);
CREATE TABLE parent (id int NOT NULL); CREATE TABLE child (more text) INHERITS (parent);
CREATE TABLE parted (id int NOT NULL) PARTITION BY LIST (id); CREATE TABLE part PARTITION OF parted FOR VALUES IN (1);
CREATE VIEW shown AS SELECT * FROM t;
`;

describe("describing a query", () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
    await database.query(SCHEMA);
  });
  after(() => database.drop());
  const using = <T>(work: (source: Source) => Promise<T>): Promise<T> => withSource(database.dsn, work);

  it("gives names, types, modifiers and dimensions", async () => {
    const columns = await using((source) => source.describe("TABLE t;"));
    assert.deepEqual(
      columns.map((column) => [column.name, column.declared, column.typmod, column.dimensions, column.nullable]),
      [
        ["id", "integer", -1, 0, false],
        ["v", "character varying(9)", 13, 0, true],
        ["n", "numeric(10,2)", 655366, 0, true],
        ["a", "integer[]", -1, 2, false],
        ["o", "outer_pair", -1, 0, true],
        ["h", "hstore", -1, 0, true],
        ["c", "citext[]", -1, 1, true],
        ["m", '"a b"."Mood"[]', -1, 1, true],
        ["r", "int4range", -1, 0, true],
        ["p", "point", -1, 0, true],
        ["i", "int2vector", -1, 0, true],
      ],
    );
  });

  it("resolves types all the way down, with extension, output and send function", async () => {
    const columns = await using((source) => source.describe("SELECT o, h, c, m, p, i FROM t"));
    const [outer, hstore, citexts, moods, point, vector] = columns.map((column) => column.type);
    const shape = (type: PgType | undefined): unknown =>
      type && {
        is: `${type.kind} ${type.schema}.${type.name}`,
        ...(type.element && { element: shape(type.element) }),
        ...(type.base && { base: [shape(type.base.type), type.base.typmod, type.base.dimensions] }),
        ...(type.attributes && { attributes: type.attributes.map((a) => [a.name, a.typmod, a.dimensions, shape(a.type)]) }),
      };
    const small = { is: "domain public.small", base: [{ is: "base pg_catalog.numeric" }, 262149, 0] };
    const pair = {
      is: "composite public.inner_pair",
      attributes: [
        ["n", 393222, 0, { is: "base pg_catalog.numeric" }],
        ['q"t', -1, 1, { is: "array pg_catalog._text", element: { is: "base pg_catalog.text" } }],
      ],
    };
    assert.deepEqual(shape(outer), {
      is: "composite public.outer_pair",
      attributes: [
        ["p", -1, 1, { is: "array public._inner_pair", element: pair }],
        ["s", -1, 0, { is: "domain public.smalls", base: [{ is: "array public._small", element: small }, -1, 1] }],
        ["m", -1, 0, { is: "enum a b.Mood" }],
      ],
    });
    assert.deepEqual([hstore?.extension, hstore?.output, hstore?.send], ["hstore", "public.hstore_out", "public.hstore_send"]);
    assert.deepEqual([citexts?.kind, citexts?.element?.extension], ["array", "citext"]);
    assert.deepEqual(
      [moods?.element?.kind, moods?.element?.output, moods?.send],
      ["enum", "pg_catalog.enum_out", "pg_catalog.array_send"],
    );
    assert.deepEqual([point?.kind, point?.element, vector?.kind], ["base", undefined, "base"]);
  });

  it("calls a column not null only where nothing can make it null", async () => {
    const table: readonly (readonly [select: string, nullable: boolean[]])[] = [
      ["SELECT id FROM t", [false]],
      ["SELECT id, id + 1 FROM (SELECT id FROM t WHERE id > 1 LIMIT 1) x", [false, true]],
      ["SELECT b.id FROM t a LEFT JOIN t b ON false", [true]],
      ["SELECT id FROM t GROUP BY ROLLUP (id)", [true]],
      ["SELECT id FROM t UNION ALL SELECT NULL", [true]],
      ["SELECT id FROM parent", [true]],
      ["SELECT id FROM parted", [false]],
      ["SELECT id FROM shown", [true]],
    ];
    await using(async (source) => {
      for (const [select, nullable] of table) {
        assert.deepEqual(
          (await source.describe(select)).map((column) => column.nullable),
          nullable,
          select,
        );
      }
    });
  });

  it("trusts no constraint that was not validated", async (t) => {
    const [row] = await database.query("SHOW server_version_num");
    if (Number(row?.["server_version_num"]) < 180_000) return t.skip("needs PostgreSQL 18");
    await database.query(
      "CREATE TABLE old (id int); INSERT INTO old VALUES (NULL); ALTER TABLE old ADD CONSTRAINT nn NOT NULL id NOT VALID",
    );
    const [column] = await using((source) => source.describe("SELECT * FROM old"));
    assert.equal(column?.nullable, true);
  });

  it("takes 1,600 columns", async () => {
    const list = Array.from({ length: 1600 }, (_, at) => `"c ${at}" int`).join(", ");
    await database.query(`CREATE TABLE wide (${list})`);
    assert.equal((await using((source) => source.describe("SELECT * FROM wide"))).length, 1600);
  });

  it("executes nothing", async () => {
    await database.query("CREATE FUNCTION fails() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'executed'; END $$");
    assert.equal((await using((source) => source.describe("SELECT fails()"))).length, 1);
  });

  const refused = [
    ["SELECT 1 AS a, 2 AS a", "COLUMN_DUPLICATE", /"a"/],
    ["SELECT * FROM nowhere", "TABLE_MISSING", /nowhere/],
    ["SELECT * FROM noschema.nowhere", "TABLE_MISSING", /noschema/],
    ["SELECT idd FROM t", "COLUMN_MISSING", /idd/],
    ["SELECT id FROM t WHERE", "QUERY_INVALID", /syntax error/],
    ["WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", "QUERY_INVALID", /data-modifying/],
    ["SELECT * INTO other FROM t", "QUERY_INVALID", /INTO/],
    ["DELETE FROM t RETURNING *", "QUERY_INVALID", /begins with DELETE/],
    ["SELECT 1; SELECT 2", "QUERY_INVALID", /several statements/],
    ["SELECT nofunction(id) FROM t", "QUERY_INVALID", /nofunction/],
  ] as const;
  for (const [select, code, message] of refused) {
    it(`refuses ${select} as ${code}`, async () => {
      await assert.rejects(
        using((source) => source.describe(select)),
        failsWith(code, (error) => {
          assert.match(error.message, message);
          assert.equal(error.exitCode, 2);
          assert.ok(error.hint);
        }),
      );
    });
  }

  it("keeps the server's fields, and counts the position in the query that was given", async () => {
    await assert.rejects(
      using((source) => source.describe("  SELECT idd FROM t")),
      failsWith("COLUMN_MISSING", (error) => {
        assert.equal(error.context["sqlstate"], "42703");
        assert.equal(error.context["position"], "10");
      }),
    );
  });

  it("goes on after a mistake outside of a snapshot", async () => {
    const source = await open(database.dsn);
    await assert.rejects(source.describe("SELECT * FROM nowhere"), failsWith("TABLE_MISSING"));
    assert.equal((await source.describe("SELECT id FROM t")).length, 1);
    await source.close();
  });

  it("knows PostGIS types by name and extension", async (t) => {
    const postgis = await postgisDatabase();
    if (postgis === null) return t.skip("PostGIS is not installed");
    await postgis.query("CREATE TABLE g (a geometry(MultiPolygon, 4326), b geography, c geometry[])");
    const columns = await withSource(postgis.dsn, (source) => source.describe("TABLE g"));
    assert.deepEqual(
      columns.map((column) => [column.declared, column.type.extension, column.type.element?.extension ?? null]),
      [
        ["geometry(MultiPolygon,4326)", "postgis", null],
        ["geography", "postgis", null],
        ["geometry[]", null, "postgis"],
      ],
    );
    await postgis.drop();
  });
});

describe("a lookup", () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
  });
  after(() => database.drop());

  it("gives values as the server's text, the same on every server", async () => {
    await database.query(`ALTER DATABASE ${new URL(database.dsn).pathname.slice(1)} SET "DateStyle" = 'German'`);
    await database.query(`ALTER DATABASE ${new URL(database.dsn).pathname.slice(1)} SET "TimeZone" = 'Asia/Tokyo'`);
    const source = await open(database.dsn);
    const rows = await source.lookup(
      "SELECT date '2024-02-01' AS d, timestamptz '2024-02-01 00:00Z' AS t, 01001 AS n, NULL AS \"no é\", 0.1::float4 f;",
    );
    assert.deepEqual(rows, [{ d: "2024-02-01", t: "2024-02-01 00:00:00+00", n: "1001", "no é": null, f: "0.1" }]);
    await source.close();
  });

  it("is one statement, and can't write", async () => {
    const source = await open(database.dsn);
    await assert.rejects(source.lookup("SELECT 1; SELECT 2"), failsWith("QUERY_INVALID"));
    await assert.rejects(source.lookup("CREATE TABLE x (a int)"), failsWith("QUERY_INVALID"));
    await assert.rejects(source.lookup("COMMIT"), failsWith("QUERY_INVALID"));
    await source.close();
  });
});

describe("a snapshot", () => {
  it("has an id that others can import, a WAL position, and sees nothing of what comes later", async () => {
    const database = await testDatabase();
    await database.query("CREATE TABLE t AS SELECT 1 AS a");
    const source = await open(database.dsn);
    const snapshot = await source.beginSnapshot();
    assert.match(snapshot.lsn ?? "", /^[0-9A-F]+\/[0-9A-F]+$/);
    await database.query("INSERT INTO t VALUES (2)");
    assert.deepEqual(await source.lookup("SELECT count(*)::text AS n FROM t"), [{ n: "1" }]);
    const rows = await database.query(
      `BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '${snapshot.id}'; SELECT count(*)::int AS n FROM t`,
    );
    assert.deepEqual(rows, [{ n: 1 }]);
    assert.match(source.serverVersion, /^\d+/);
    await source.close();
    await database.drop();
  });

  it("does without id and WAL position where the role may not ask for them", async () => {
    const database = await testDatabase();
    await database.query("CREATE ROLE plain LOGIN").catch(() => {});
    await database.query("REVOKE EXECUTE ON FUNCTION pg_export_snapshot(), pg_current_wal_lsn() FROM PUBLIC");
    const url = new URL(database.dsn);
    url.username = "plain";
    const source = await open(url.href);
    const snapshot = await source.beginSnapshot();
    assert.equal(snapshot.lsn, null);
    assert.match(snapshot.id, /^\d+:\d+:/);
    assert.deepEqual(await source.lookup("SELECT 1 AS a"), [{ a: "1" }]);
    await source.close();
    await database.drop();
  });

  it("refuses to read a table of which a policy hides rows", async () => {
    const database = await testDatabase();
    await database.query("CREATE ROLE plain LOGIN").catch(() => {});
    await database.query("CREATE TABLE t AS SELECT 1 AS a; ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO plain");
    const url = new URL(database.dsn);
    url.username = "plain";
    await assert.rejects(
      withSource(url.href, (source) => source.lookup("SELECT * FROM t")),
      failsWith("SOURCE_AUTH", (error) => assert.match(error.hint ?? "", /BYPASSRLS/)),
    );
    await database.drop();
  });
});
