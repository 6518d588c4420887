import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dataFolder, dataKeyPattern } from "../../src/config/data-keys.ts";
import { loadObject } from "../../src/patterns/load.ts";

describe("the keys of an object", () => {
  it("begin with the folder that is the same for all its shards", async () => {
    const { config } = await loadObject("parcel", {});
    assert.equal(dataFolder(config), "linode/dataset=parcel/");
    const first = { ...config, sink: { ...config.sink, key: "{admin1}/{object}_{extract_date}.parquet" } };
    assert.equal(dataFolder(first), "");
  });

  for (const [key, isOne] of [
    ["linode/dataset=verse/snapshot_dt=2026-11-30/verse_2026-11-30.parquet", true],
    ["linode/dataset=verse/snapshot_dt=2026-11-30/verse_2026-11-30_parquet", false],
    ["linode/dataset=verse/snapshot_dt=today/verse_today.parquet", false],
    ["linode/dataset=verse/snapshot_dt=2026-11-30/more/verse_2026-11-30.parquet", false],
    ["team/linode/dataset=verse/snapshot_dt=2026-11-30/verse_2026-11-30.parquet", false],
  ] as const) {
    it(`${isOne ? "are" : "are not"} such as ${key}`, async () => {
      const { config } = await loadObject("verse", {});
      assert.equal(dataKeyPattern(config).test(key), isOne);
    });
  }
});
