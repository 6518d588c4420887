import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { workplace } from "../support/workplace.ts";
import { memoryOf } from "./memory-of.ts";
import { duckdbFile } from "./places.ts";

const VALUE_BYTES = 200_000_000;
/** What an extract of any table may take. */
const USUAL_BYTES = 256 << 20;
const TABLES = { "'a'::text": "long_text", "'a'::bytea": "long_bytes" } as const;

describe("a single value of 200 MB", () => {
  const place = workplace();

  // On its way it is held as it came, as a page, and compressed: three times at any moment.
  for (const [what, small, value] of [
    ["text that compresses well", "'a'::text", `repeat('0123456789', ${VALUE_BYTES / 10})`],
    [
      "bytes that don't compress",
      "'a'::bytea",
      `(SELECT decode(string_agg(md5(i::text), ''), 'hex') FROM generate_series(1, ${VALUE_BYTES / 16}) i)`,
    ],
  ] as const) {
    for (const threads of [0, 2]) {
      it(`of ${what} lands in 256 MB and three times its size (${threads} threads)`, async (t) => {
        await place.database.query(
          `CREATE TABLE IF NOT EXISTS ${TABLES[small]} AS SELECT 1 AS id, ${small} AS value, 1 AS more UNION ALL SELECT 2, ${value}, 2 UNION ALL SELECT 3, ${small}, 3`,
        );
        const name = `${TABLES[small]}-${threads}`;
        const { rise, base, bytes } = await memoryOf({
          dsn: place.database.dsn,
          sinkUrl: `${place.folder.url}/${name}`,
          query: `TABLE ${TABLES[small]}`,
          threads,
        });
        t.diagnostic(`${Math.round(rise / 1e6)} MB above ${Math.round(base / 1e6)} MB; the file has ${bytes} bytes`);
        assert.ok(base + rise <= USUAL_BYTES + 3 * VALUE_BYTES, `${rise} bytes above ${base}`);
        const digests = "SELECT id, md5(value) AS md5 FROM";
        const file = join(place.folder.path, name, "test/things_2026-11-30.parquet");
        assert.deepEqual(
          await duckdbFile(file, `${digests} $file ORDER BY id`),
          await place.database.query(`${digests} ${TABLES[small]} ORDER BY id`),
        );
      });
    }
  }
});
