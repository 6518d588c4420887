import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { describe, it } from "node:test";
import { landingOptions } from "../../src/extract/options.ts";
import { type PreparedShard, prepareShard } from "../../src/extract/prepare-shard.ts";
import { parseShardId, parseSnapshotDate } from "../../src/model/ids.ts";
import type { FileRead, Pattern } from "../../src/patterns/contract.ts";
import { patternOf } from "../../src/patterns/index.ts";
import { openSink } from "../../src/sink/open.ts";
import { resolveDsn } from "../../src/source/dsn.ts";
import { objectConfig, silent } from "../support/extract.ts";
import { workplace } from "../support/workplace.ts";
import { filesBelow } from "./places.ts";

const QUERY = "SELECT * FROM public.things";
const below = (limit: number): FileRead => ({ key: `part-${limit}.parquet`, query: `${QUERY} WHERE id < ${limit} ORDER BY id` });

describe("a pattern whose shards are several files", () => {
  const place = workplace();
  let sinks = 0;

  async function prepare(files: Pattern["read"]): Promise<{ prepared: Promise<PreparedShard>; found: () => Promise<string[]> }> {
    const { database, folder } = place;
    await database.query("DROP TABLE IF EXISTS things; CREATE TABLE things AS SELECT i AS id FROM generate_series(1, 3000) i");
    const config = objectConfig({ source: { query: QUERY, retry: { attempts: 1 } } });
    const shard = {
      id: parseShardId("things"),
      object: "things",
      snapshotDt: parseSnapshotDate("2026-11-30"),
      source: { kind: "query", sql: QUERY },
      key: "unused.parquet",
      values: {},
      estimatedRows: null,
    } as const;
    const name = `sink-${++sinks}`;
    const sink = await openSink(`${folder.url}/${name}`, {});
    const options = { ...landingOptions(config, {}), pattern: { ...patternOf(config), read: files } };
    const session = { target: resolveDsn({}, "X", database.dsn), sink, events: silent };
    const attempt = { number: 1, token: randomUUID(), signal: new AbortController().signal };
    const prepared = prepareShard(shard, options, session, attempt).finally(() => sink.close());
    return { prepared, found: () => filesBelow(join(folder.path, name)) };
  }

  it("has them all, read in one snapshot in which the pattern may ask between two", async () => {
    const { prepared, found } = await prepare(() => ({
      name: "things",
      query: QUERY,
      async *files(lookup) {
        yield below(1001);
        await place.database.query("DELETE FROM things");
        const [last] = await lookup("SELECT max(id) AS id FROM things");
        yield below(Number(last?.["id"]));
      },
    }));
    const { files, draft } = await prepared;
    assert.deepEqual(
      files.map(({ facts }) => [facts.key, facts.rows]),
      [
        ["part-1001.parquet", 1000],
        ["part-3000.parquet", 2999],
      ],
    );
    assert.equal(draft.rows, 3999);
    assert.equal(draft.source.name, "things");
    for (const { writer } of files) await writer.publish("absent");
    assert.deepEqual((await found()).sort(), ["part-1001.parquet", "part-3000.parquet"]);
  });

  it("leaves nothing of the first when a later one fails", async () => {
    const { prepared, found } = await prepare(() => ({
      name: "things",
      query: QUERY,
      async *files() {
        yield below(1001);
        yield { key: "bad.parquet", query: "SELECT 1 / (id - id) AS id FROM public.things" };
      },
    }));
    await assert.rejects(prepared, { code: "SOURCE_FAILED", message: /division by zero/ });
    assert.deepEqual(await found(), []);
  });
});
