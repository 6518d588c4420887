import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { extract, landed, objectConfig } from "../support/extract.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { onOperation } from "../support/s3-server/index.ts";
import { openS3Place, type S3Place } from "./places.ts";

let database: TestDatabase;
let s3: S3Place;
before(async () => {
  database = await testDatabase();
  // More than two ranges, so that several connections share it.
  await database.query("CREATE TABLE big AS SELECT i AS id, repeat(md5(i::text), 40) AS t FROM generate_series(1, 30000) i");
  s3 = await openS3Place();
});
after(async () => {
  await s3.close();
  await database.drop();
});

const SESSIONS = `SELECT state, xact_start FROM pg_stat_activity
  WHERE datname = current_database() AND application_name LIKE 'pg-bronze/%'`;

describe("the source's transaction", () => {
  for (const parallelism of [1, 3]) {
    it(`ends with the last row, and doesn't wait for the sink (${parallelism} ${parallelism === 1 ? "connection" : "connections"})`, async () => {
      s3.clear();
      s3.server.faults.add({ fault: { kind: "slow", delayMs: 500 }, when: onOperation("UploadPart") });
      const uploaded = (): number => s3.server.requests.filter(({ operation }) => operation === "UploadPart").length;
      let sessions = 0;
      const config = objectConfig({
        source: { query: "SELECT * FROM big" },
        sink: { part_bytes: 5 << 20 },
        parquet: { compression: "none" },
      });
      let landing = true;
      const result = extract(config, database.dsn, s3.url, {
        env: { ...process.env, ...s3.env },
        overrides: { parallelism },
      }).finally(() => {
        landing = false;
      });
      while (sessions < parallelism && landing) sessions = Math.max(sessions, (await database.query(SESSIONS)).length);
      assert.equal(sessions, parallelism);
      while ((await database.query(SESSIONS)).some((session) => session["xact_start"] !== null));
      const uploadedThen = uploaded();
      assert.equal(landed(await result).rows, 30_000);
      assert.ok(uploadedThen < uploaded(), "the transaction was open until the last part was uploaded");
    });
  }
});
