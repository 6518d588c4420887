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

describe("an extract of 1,600 columns", () => {
  const place = workplace();
  const columns = (value: (i: number) => string): string =>
    Array.from({ length: 1600 }, (_, i) => `${value(i)} AS c${i}`).join(", ");
  const tables: (readonly [string, string, number])[] = [
    ["of text, in one row", `SELECT ${columns(() => "'x'::text")}`, 80e6],
    ["of numbers and text, in one row", `SELECT ${columns((i) => (i % 2 === 0 ? "'x'::text" : "1"))}`, 80e6],
    [
      "of text, in 8,000 rows",
      `SELECT ${columns((i) => `'v' || (n * ${(i % 7) + 1} % 1000)`)} FROM generate_series(1, 8000) n`,
      180e6,
    ],
  ];
  for (const [what, query, most] of tables) {
    it(`takes memory for what they hold, not for what they might: ${what}`, async (t) => {
      const { rise } = await memoryOf({ dsn: place.database.dsn, sinkUrl: `${place.folder.url}/wide`, query, threads: 0 });
      t.diagnostic(`${Math.round(rise / 1e6)} MB more than for three columns`);
      assert.ok(rise < most, `${rise} bytes`);
    });
  }
});
