import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, beforeEach, describe, it } from "node:test";
import { run } from "../support/command-line.ts";
import { duckdb } from "../support/parquet-file.ts";
import { workplace } from "../support/workplace.ts";

const SETUP = `
  CREATE SCHEMA shop;
  CREATE TABLE shop.customers (id int PRIMARY KEY, name text);
  INSERT INTO shop.customers VALUES (1, 'Ada'), (2, 'Grace');
  CREATE TABLE shop.orders (id int, customer_id int, placed timestamptz) PARTITION BY RANGE (id);
  CREATE TABLE shop.orders_1 PARTITION OF shop.orders FOR VALUES FROM (0) TO (10);
  INSERT INTO shop.orders VALUES (1, 1, '2026-11-01 10:00+01');
  CREATE TABLE shop.tmp_load (x int);
  CREATE TABLE shop."Order Details" (id int);
  INSERT INTO shop."Order Details" VALUES (7);
  CREATE VIEW shop.names AS SELECT name FROM shop.customers;
  CREATE TABLE public.plain (id int);
  INSERT INTO plain VALUES (5);
`;

interface Report {
  readonly totals: Readonly<Record<string, number>>;
  readonly tables: readonly {
    readonly object: string;
    readonly error?: { readonly code: string };
    readonly shards?: readonly { readonly outcome: string; readonly key: string; readonly manifest: Manifest }[];
  }[];
}
interface Manifest {
  readonly rows: number;
  readonly source: { readonly snapshot: string };
}

const rowsOf = async (file: string) => duckdb(await readFile(file), "SELECT * FROM $file");

describe("extract of tables that have no config", () => {
  const place = workplace();
  let out: string;
  let env: Record<string, string>;
  let round = 0;
  before(async () => {
    await place.database.query(SETUP);
    env = { DATABASE_URL: place.database.dsn };
  });
  beforeEach(() => {
    out = join(place.folder.path, `out-${round++}`);
  });

  const extract = (...args: string[]) =>
    run([...args, "--to", out, "--extract-date", "2026-11-30"], { cwd: place.folder.path, env });
  const landed = async (...args: string[]): Promise<Report> => {
    const { code, stdout, stderr } = await extract(...args, "--json");
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Report;
  };
  const names = ({ tables }: Report): string[] => tables.map(({ object }) => object);

  it("lands one table under its own name, and its ledger answers to that name", async () => {
    const { code, stdout, stderr } = await extract("shop.customers");
    assert.equal(code, 0, stderr);
    const key = "shop.customers/snapshot_dt=2026-11-30/shop.customers_2026-11-30.parquet";
    assert.match(stdout, new RegExp(`^landed {2}shop\\.customers {2}2 rows .*${key}\\n`));
    assert.deepEqual(await rowsOf(join(out, key)), [
      { id: 1, name: "Ada" },
      { id: 2, name: "Grace" },
    ]);
    const status = await run(["status", "--object", "shop.customers", "--to", out], {
      bin: "pg-bronze",
      cwd: place.folder.path,
      env,
    });
    assert.equal(status.code, 0, status.stderr);
    assert.match(status.stdout, /^1 landed: 2 rows/m);
  });

  it("takes all tables of a schema, partitioned ones as a whole, but for what is excluded, views and partitions", async () => {
    const report = await landed("shop.*", "--exclude", "shop.tmp_*");
    assert.deepEqual(names(report), ["shop.Order Details", "shop.customers", "shop.orders"]);
    assert.deepEqual([report.totals["landed"], report.totals["rows"]], [3, 4]);
    assert.deepEqual((await readdir(out)).sort(), ["_pg_bronze", "shop.Order Details", "shop.customers", "shop.orders"]);
  });

  it("lands views and partitions that are named, and tables of the search path without their schema", async () => {
    assert.deepEqual(names(await landed("shop.names", "shop.orders_1", "plain", "PLAIN")), [
      "shop.names",
      "shop.orders_1",
      "public.plain",
    ]);
  });

  it("lands a query under its name", async () => {
    const report = await landed("--query", "SELECT count(*) AS n FROM shop.customers", "--name", "counts");
    const key = "counts/snapshot_dt=2026-11-30/counts_2026-11-30.parquet";
    assert.equal(report.tables[0]!.shards![0]!.key, key);
    assert.deepEqual(await rowsOf(join(out, key)), [{ n: "2" }]);
  });

  it("reads all tables in one snapshot when asked to", async () => {
    const snapshots = ({ tables }: Report) => new Set(tables.map(({ shards }) => shards![0]!.manifest.source.snapshot));
    assert.equal(snapshots(await landed("shop.customers", "shop.orders", "--one-snapshot", "--jobs", "2")).size, 1);
    assert.equal(snapshots(await landed("shop.customers", "shop.orders")).size, 2);
  });

  it("shows what would land, and writes nothing", async () => {
    const { code, stdout } = await extract("shop.*", "--dry-run");
    assert.equal(code, 0);
    assert.match(stdout, /^shop\.customers\n {2}source {2}shop\.customers\n[\s\S]*id +integer +INT32/m);
    await assert.rejects(readdir(out), { code: "ENOENT" });
  });

  it("lands the others when one table can't be read", async () => {
    await place.database.query("CREATE VIEW shop.broken AS SELECT 1 / (id - id) AS x FROM shop.customers");
    const { code, stdout } = await extract("shop.broken", "shop.customers", "--json");
    assert.equal(code, 1);
    const { totals } = JSON.parse(stdout) as Report;
    assert.deepEqual([totals["landed"], totals["failed"]], [1, 1]);
  });

  for (const [what, args, message] of [
    ["a table that isn't there", ["shop.custmers"], /There is no table shop\.custmers\n.*Did you mean shop\.customers\?/],
    ["a pattern that matches nothing", ["shop.zz*"], /No table matches shop\.zz\*/],
    ["a schema that isn't there", ["shopp.customers"], /Is there a schema shopp in this database/],
    ["a name of three parts", ["db.shop.customers"], /"db\.shop\.customers" does not name a table/],
    ["everything excluded", ["shop.customers", "--exclude", "shop.*"], /Every table that was named is excluded/],
    ["a query without a name", ["--query", "SELECT 1"], /--query has no name to land under/],
    ["tables beside an object", ["shop.customers", "--object", "verse"], /shop\.customers and --object were both given/],
  ] as const) {
    it(`ends with 2 for ${what}`, async () => {
      const { code, stderr } = await extract(...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    });
  }

  it("asks where to land, and where the source is", async () => {
    const nowhere = await run(["shop.customers"], { cwd: place.folder.path, env });
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /Nothing says where to land\n.*--to \.\/out/);
    const sourceless = await run(["shop.customers", "--to", out], { cwd: place.folder.path, env: {} });
    assert.equal(sourceless.code, 2);
    assert.match(sourceless.stderr, /DATABASE_URL is not set/);
  });
});
