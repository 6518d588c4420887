import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { workplace } from "../support/workplace.ts";
import { memoryOf } from "./memory-of.ts";

/** 40 MB that ZSTD can't make smaller, so that compressed pages left behind would show. */
const ROWS = 160_000;
const VALUE = `decode(${Array.from({ length: 16 }, (_, i) => `md5((i * 16 + ${i})::text)`).join(" || ")}, 'hex')`;

describe("an extract of five times the rows", () => {
  const place = workplace();
  before(async () => {
    await place.database.query(`CREATE TABLE noise AS SELECT i AS id, ${VALUE} AS value FROM generate_series(1, ${ROWS}) i`);
  });

  for (const threads of [0, 1, 2]) {
    it(`takes hardly more memory (${threads} threads)`, async (t) => {
      const rise = async (times: number): Promise<number> => {
        const query = Array(times).fill("SELECT * FROM noise").join(" UNION ALL ");
        const sinkUrl = `${place.folder.url}/${threads}-${times}`;
        const told = await memoryOf({ dsn: place.database.dsn, sinkUrl, query, threads });
        assert.ok(told.bytes > times * ROWS * 256, `${told.bytes} bytes landed`);
        return told.rise;
      };
      const [once, fiveTimes] = [await rise(2), await rise(10)];
      t.diagnostic(`${Math.round(once / 1e6)} MB for 80 MB, ${Math.round(fiveTimes / 1e6)} MB for 400 MB`);
      assert.ok(fiveTimes - once < 64e6, `${once} and ${fiveTimes} bytes`);
    });
  }
});
