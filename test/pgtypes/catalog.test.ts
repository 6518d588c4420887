import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type pg from "pg";
import type { MappingOptions } from "../../src/pgtypes/contract.ts";
import type { Source } from "../../src/source/contract.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { connections, decode, encodedAgain, type Landed, land, options } from "./landing.ts";

describe("the catalog", () => {
  let database: TestDatabase;
  let client: pg.Client;
  let source: Source;
  let end: () => Promise<void>;

  before(async () => {
    database = await testDatabase();
    ({ client, source, end } = await connections(database.dsn));
  });

  after(async () => {
    await end();
    await database.drop();
  });

  async function landQuery(query: string, how: MappingOptions): Promise<Landed[]> {
    return land(client, query, await source.describe(query), how);
  }

  it("has no type that fails for being unknown: alone, in arrays, as row types of tables", async () => {
    const { rows } = await client.query(
      `SELECT format_type(oid, NULL) AS name, typoutput = 'array_out'::regproc AS is_array
       FROM pg_type WHERE typtype <> 'p' ORDER BY oid`,
    );
    assert.ok(rows.length > 400);
    for (let at = 0; at < rows.length; at += 300) {
      const types = rows.slice(at, at + 300);
      const values = types.map(({ name, is_array }, i) => `${is_array ? "'{NULL}'" : "NULL"}::${name} AS c${i}`);
      const landed = await landQuery(`SELECT ${values.join(", ")}`, options("lake"));
      landed.forEach((one, i) => {
        assert.deepEqual(decode(one), [types[i].is_array ? [null] : null], types[i].name);
      });
      assert.deepEqual(encodedAgain(landed), []);
    }
  });

  it("lands itself: every table and view of pg_catalog and information_schema", async () => {
    const { rows } = await client.query(
      `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
       WHERE nspname IN ('pg_catalog', 'information_schema') AND relkind IN ('r', 'v')
       AND relname NOT LIKE '%numa%' ORDER BY 1`,
    );
    assert.ok(rows.length > 100);
    await client.query("ANALYZE pg_class");
    for (const { name } of rows) {
      const landed = await landQuery(`SELECT * FROM ${name} LIMIT 20`, options("lake", "null"));
      for (const one of landed) decode(one);
      assert.deepEqual(encodedAgain(landed), [], name);
    }
  });

  it("tells rows, records and anything else a query can give", async () => {
    await client.query("CREATE TABLE things (id int4, dropped text, name text, since interval)");
    await client.query("INSERT INTO things VALUES (1, 'x', 'one', '1 day'), (NULL, NULL, NULL, NULL)");
    await client.query("ALTER TABLE things DROP COLUMN dropped, ADD COLUMN later int4 DEFAULT 5");
    const [rows, lists, records] = await landQuery(
      "SELECT t, array_agg(t) OVER () AS ts, ROW(1, '', NULL::int4) AS r FROM things t",
      options("lake"),
    );
    const expected = [
      { id: 1, name: "one", since: "1 day", later: 5 },
      { id: null, name: null, since: null, later: 5 },
    ];
    assert.deepEqual(decode(rows!), expected);
    assert.deepEqual(decode(lists!), [expected, expected]);
    assert.deepEqual(decode(records!), ['(1,"",)', '(1,"",)']);
  });
});
