import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { extract, landed, objectConfig } from "../support/extract.ts";
import type { RequestFacts } from "../support/s3-server/index.ts";
import { workplace } from "../support/workplace.ts";
import { openS3Place, type S3Place } from "./places.ts";

const SESSIONS = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pg-bronze/%'";
const place = workplace();

describe("the snapshot of an extract", () => {
  let s3: S3Place;
  before(async () => {
    s3 = await openS3Place();
  });
  after(() => s3.close());

  for (const parallelism of [1, 2]) {
    it(`ends with the last row, while the sink still takes what was made of it (${parallelism} connections)`, async () => {
      await place.database.query(`DROP TABLE IF EXISTS wide; CREATE TABLE wide AS
        SELECT i AS id, repeat(md5(i::text), 14) AS t FROM generate_series(1, 40000) i`);
      s3.clear();
      // One row group: the first part is sent when all rows are in.
      const uploading = new Promise<void>((resolve) => {
        const when = ({ operation }: RequestFacts): boolean => {
          if (operation === "UploadPart") resolve();
          return operation === "UploadPart";
        };
        s3.server.faults.add({ fault: { kind: "slow", delayMs: 2_000 }, when, times: 1 });
      });
      const config = objectConfig({ source: { query: "SELECT * FROM wide" }, parquet: { compression: "none" } });
      let isOver = false;
      const result = extract(config, place.database.dsn, s3.url, {
        env: { ...process.env, ...s3.env },
        overrides: { parallelism },
      }).finally(() => {
        isOver = true;
      });
      await Promise.race([uploading, result]);
      let sessions = await place.database.query(SESSIONS);
      for (let waits = 0; sessions.length > 0 && waits < 100; waits++) {
        await delay(10);
        sessions = await place.database.query(SESSIONS);
      }
      assert.deepEqual([sessions, isOver], [[], false]);
      assert.equal(landed(await result).rows, 40_000);
    });
  }
});
