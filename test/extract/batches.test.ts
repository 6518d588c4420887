import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { extractBatches } from "../../src/index.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

describe("extractBatches", () => {
  let database: TestDatabase;
  before(async () => {
    database = await testDatabase();
    await database.query(`CREATE TABLE things AS
      SELECT i AS id, CASE WHEN i % 3 = 0 THEN null ELSE 'name ' || i END AS name, (i * 1.5)::numeric(12,2) AS price,
        ARRAY[i, null, i * 2] AS numbers, timestamptz '2026-01-01 00:00+00' + i * interval '1 second' AS at
      FROM generate_series(1, 20000) i`);
  });
  after(() => database.drop());

  it("yields every row as Arrow record batches of one schema", async () => {
    let rows = 0;
    for await (const batch of extractBatches("SELECT * FROM things ORDER BY id", { dsn: database.dsn })) {
      assert.equal(
        String(batch.schema.fields.map((field) => `${field.name} ${field.type}`)),
        "id Int32,name Utf8,price Decimal[12e+2],numbers List<Int32>,at Timestamp<MICROSECOND, UTC>",
      );
      for (const at of [0, batch.numRows - 1]) {
        const row = batch.get(at)!.toJSON() as Record<string, unknown>;
        const id = rows + at + 1;
        assert.equal(row["id"], id);
        assert.equal(row["name"], id % 3 === 0 ? null : `name ${id}`);
        assert.deepEqual([...(row["numbers"] as Iterable<number>)], [id, null, id * 2]);
        assert.equal(row["at"], Date.UTC(2026, 0, 1) + id * 1000);
        assert.equal(BigInt(String(row["price"])), BigInt(id) * 150n);
      }
      rows += batch.numRows;
    }
    assert.equal(rows, 20_000);
  });

  it("ends the query at the server when the loop is left", async () => {
    for await (const batch of extractBatches("SELECT * FROM things, generate_series(1, 1000)", {
      dsn: database.dsn,
    })) {
      assert.ok(batch.numRows > 0);
      break;
    }
    const running = await database.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'pg-bronze%' AND datname = current_database()",
    );
    assert.deepEqual(running, [{ n: 0 }]);
  });

  it("says which column of the options isn't there", async () => {
    const batches = extractBatches("SELECT * FROM things", { dsn: database.dsn, columns: { nmae: { as: "text" } } });
    await assert.rejects(batches.next(), { code: "COLUMN_MISSING", hint: "Did you mean name?" });
  });
});
