import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Contender } from "../../../bench/contenders/contract.ts";
import { variantName, variants } from "../../../bench/contenders/ours.ts";
import { selectContenders } from "../../../bench/contenders/select.ts";

const named = (name: string): Contender => ({ name, kind: "ours", about: "", prepare: () => assert.fail() });
const all = ["raw-copy", ...variants(true).map(variantName), "duckdb", "duckdb-zstd1"].map(named);
const chosen = (...only: string[]): string[] => selectContenders(all, all.slice(0, 2), only).chosen.map(({ name }) => name);

describe("choosing contenders", () => {
  it("takes the defaults when nothing is named", () => {
    assert.deepEqual(chosen(), ["raw-copy", "ours-zstd1-auto-keys"]);
  });

  it("takes names in full or by their beginning, in the order of the list", () => {
    assert.deepEqual(chosen("duckdb", "raw"), ["raw-copy", "duckdb", "duckdb-zstd1"]);
    assert.deepEqual(chosen("ours-snappy-t0"), ["ours-snappy-t0-keys", "ours-snappy-t0-nokeys"]);
    assert.deepEqual(chosen("ours-zstd"), []);
  });

  it("says which names fit nobody", () => {
    assert.deepEqual(selectContenders(all, [], ["raw", "sling"]).unknown, ["sling"]);
  });

  it("knows 24 variants of ours, each by one name", () => {
    assert.equal(new Set(variants(true).map(variantName)).size, 24);
    assert.deepEqual(variants(false).map(variantName), ["ours-zstd1-auto-keys", "ours-zstd1-auto-nokeys"]);
  });
});
