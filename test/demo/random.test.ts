import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../dev/demo/random.ts";

describe("seeded randomness", () => {
  it("draws the same for the same seed and other things for another", () => {
    const draws = (seed: string) => {
      const random = seededRandom(seed);
      return Array.from({ length: 20 }, () => random.int(0, 1_000_000));
    };
    assert.deepEqual(draws("one"), draws("one"));
    assert.notDeepEqual(draws("one"), draws("two"));
  });

  it("is uniform enough to build a county on", () => {
    const random = seededRandom("uniform");
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[random.int(0, 9)]! += 1;
    for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, String(counts));
  });

  it("picks by weight", () => {
    const random = seededRandom("weights");
    const draws = Array.from({ length: 10_000 }, () => random.weighted({ often: 9, seldom: 1, never: 0 }));
    assert.ok(!draws.includes("never"));
    assert.ok(Math.abs(draws.filter((draw) => draw === "seldom").length - 1000) < 150);
  });

  it("keeps the median where it was asked to be", () => {
    const random = seededRandom("skewed");
    const draws = Array.from({ length: 10_001 }, () => random.skewed(1000, 0.5)).sort((a, b) => a - b);
    assert.ok(Math.abs(draws[5000]! - 1000) < 40, String(draws[5000]));
  });

  it("makes version 4 UUIDs, none twice", () => {
    const random = seededRandom("uuid");
    const uuids = Array.from({ length: 10_000 }, () => random.uuid());
    assert.equal(new Set(uuids).size, uuids.length);
    for (const uuid of uuids) assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
