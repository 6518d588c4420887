import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KeySet } from "../../src/gc/key-set.ts";

describe("a set of keys", () => {
  it("knows the keys that were added, each as often as it is asked, and no others", () => {
    const keys = new KeySet();
    assert.equal(keys.has("nothing"), false);
    for (let i = 0; i < 5000; i++) keys.add(`things/${i * 7}.parquet`);
    for (let i = 0; i < 35_000; i++) assert.equal(keys.has(`things/${i}.parquet`), i % 7 === 0, String(i));
    keys.add("late");
    assert.ok(keys.has("late") && keys.has("things/0.parquet"));
  });
});
