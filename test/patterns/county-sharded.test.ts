import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { BronzeError } from "../../src/model/errors.ts";
import { parseSnapshotDate } from "../../src/model/ids.ts";
import type { Lookup } from "../../src/patterns/contract.ts";
import { patternOf } from "../../src/patterns/index.ts";
import { loadObject } from "../../src/patterns/load.ts";
import { filesOf } from "./helpers.ts";

const snapshotDt = parseSnapshotDate("2026-11-30");
const { config } = await loadObject("parcel", {}, tmpdir());
const pattern = patternOf(config);

const row = (geoid: string, table_name: string) => ({ admin0: "us", admin1: "tx", geoid, table_name, filename_stem: table_name });
const ROWS = [row("48453", "tx_travis"), row("48113", 'tx_"dallas')];

describe("a sharded object", () => {
  it("asks its lookup once, as it is in the config, and makes each chosen row a shard", async () => {
    const asked: string[] = [];
    const lookup: Lookup = async (select) => {
      asked.push(select);
      return ROWS;
    };
    const { shards } = await pattern.plan({ config, selection: { geoid: ["48453"] }, snapshotDt, lookup });
    assert.deepEqual(
      shards.map(({ id, source }) => [id, source]),
      [["48453", { kind: "table", schema: "public", table: "tx_travis" }]],
    );
    assert.equal(asked.length, 1);
    assert.match(asked[0]!, /^SELECT admin0, .*\nFROM public\.verse\n/);
  });

  it("lands each shard as one file of its whole table, whose name is data in the query", async () => {
    const key = "{admin1}/{extract_date}.parquet";
    const loose = { ...config, sink: { ...config.sink, key: key.replace("{admin1}", "{admin1}/{geoid}") } };
    const { shards } = await pattern.plan({ config: loose, selection: {}, snapshotDt, lookup: async () => ROWS });
    const read = pattern.read(shards[1]!, loose);
    const query = 'SELECT * FROM "public"."tx_""dallas"';
    assert.deepEqual([read.name, read.query], ['public.tx_"dallas', query]);
    assert.deepEqual(await filesOf(read), [{ key: "tx/48113/2026-11-30.parquet", query }]);
  });

  it("fails with what the lookup throws", async () => {
    const lookup: Lookup = async () => {
      throw new BronzeError("QUERY_INVALID", "no such table");
    };
    await assert.rejects(pattern.plan({ config, selection: {}, snapshotDt, lookup }), { code: "QUERY_INVALID" });
  });
});
