import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { parseSnapshotDate } from "../../src/model/ids.ts";
import { patternOf } from "../../src/patterns/index.ts";
import { loadObject } from "../../src/patterns/load.ts";
import { filesOf, noLookup } from "./helpers.ts";

const snapshotDt = parseSnapshotDate("2026-11-30");
const { config } = await loadObject("verse", {}, tmpdir());
const pattern = patternOf(config);

describe("a single table", () => {
  it("is one shard, planned without a question to the source", async () => {
    const { shards, rejected } = await pattern.plan({ config, selection: {}, snapshotDt, lookup: noLookup });
    assert.deepEqual(rejected, []);
    assert.deepEqual(
      shards.map(({ id, key, values }) => ({ id, key, values })),
      [{ id: "verse", key: "linode/dataset=verse/snapshot_dt=2026-11-30/verse_2026-11-30.parquet", values: {} }],
    );
  });

  it("lands as one file, whose query is the config's, to the letter", async () => {
    const { shards } = await pattern.plan({ config, selection: {}, snapshotDt, lookup: noLookup });
    const read = pattern.read(shards[0]!, config);
    const query = "SELECT *\nFROM public.verse\nORDER BY id\n";
    assert.deepEqual([read.name, read.query], ["verse", query]);
    assert.deepEqual(await filesOf(read), [{ key: shards[0]!.key, query }]);
  });

  it("reads its table with every name quoted", async () => {
    const table = {
      ...config,
      object: "Shop.Order Details",
      source: { ...config.source, query: undefined, table: '"Shop"."Order Details"' },
    };
    const { shards } = await pattern.plan({ config: table, selection: {}, snapshotDt, lookup: noLookup });
    assert.deepEqual(
      [shards[0]!.id, shards[0]!.source],
      ["Shop.Order_Details", { kind: "table", schema: "Shop", table: "Order Details" }],
    );
    assert.equal(pattern.read(shards[0]!, table).query, 'SELECT * FROM "Shop"."Order Details"');
  });

  it("has nothing to choose from", async () => {
    const selection = { geoid: ["48453"] };
    await assert.rejects(pattern.plan({ config, selection, snapshotDt, lookup: noLookup }), {
      code: "USAGE",
      message: "verse is a single table: there is nothing to choose from",
    });
    const nothing = { geoid: [], admin1: [] };
    assert.equal((await pattern.plan({ config, selection: nothing, snapshotDt, lookup: noLookup })).shards.length, 1);
  });
});
