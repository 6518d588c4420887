import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { packJobs } from "../../src/plan/pack.ts";
import { isRefreshed } from "../../src/plan/since-refresh.ts";
import { sizeClass, totalSize } from "../../src/plan/size.ts";

const LIMITS = { medium_from_bytes: 512 * 2 ** 20, large_from_bytes: 4 * 2 ** 30 };

describe("size classes", () => {
  const table: [rows: number | null, bytes: number | null, expected: string][] = [
    [0, 0, "small"],
    [null, LIMITS.medium_from_bytes - 1, "small"],
    [null, LIMITS.medium_from_bytes, "medium"],
    [5, LIMITS.large_from_bytes, "large"],
    [3_000_000, null, "medium"],
    [10, null, "small"],
    [null, null, "medium"],
  ];
  for (const [rows, bytes, expected] of table) {
    it(`makes ${rows} rows and ${bytes} bytes ${expected}`, () => assert.equal(sizeClass({ rows, bytes }, LIMITS), expected));
  }
});

describe("packing", () => {
  const shards = ["a", "b", "c", "d", "e"].map((id, i) => ({ id, size_class: i === 3 ? "large" : "small" }));

  it("gives each shard a job of its own unless asked otherwise, smallest class first, in the plan's order", () => {
    assert.deepEqual(packJobs(shards), [
      { size_class: "small", jobs: [["a"], ["b"], ["c"], ["e"]] },
      { size_class: "large", jobs: [["d"]] },
    ]);
  });

  it("lets small shards share a job, and only them", () => {
    const large = [...shards, { id: "f", size_class: "large" }];
    assert.deepEqual(packJobs(large, 3), [
      { size_class: "small", jobs: [["a", "b", "c"], ["e"]] },
      { size_class: "large", jobs: [["d"], ["f"]] },
    ]);
    assert.deepEqual(packJobs([], 3), []);
  });
});

describe("the size of a run", () => {
  it("is that of its shards, of which those of unknown bytes count by their rows", () => {
    assert.deepEqual(
      totalSize([
        { rows: 2, bytes: 500 },
        { rows: 3, bytes: null },
        { rows: null, bytes: null },
      ]),
      {
        rows: 5,
        bytes: 3_500,
      },
    );
  });
});

describe("whether a county was refreshed since its snapshot", () => {
  const AT = "2026-11-30T06:00:00.000Z";
  const table: [lastRefresh: string | null, snapshotAt: string | null, expected: boolean, why: string][] = [
    ["2026-10-01", AT, false, "long before"],
    ["2026-11-30", AT, true, "a day holds later hours"],
    ["2026-11-28", AT, false, "over everywhere on earth"],
    ["2026-11-29", AT, true, "not over yet west of Greenwich"],
    ["2026-11-30 05:59:59+00", AT, false, "a second before, with its zone"],
    ["2026-11-30 06:00:01+00", AT, true, "a second after, with its zone"],
    ["2026-11-30 01:00:00-05:30", AT, true, "half hours of zones"],
    ["2026-11-29 17:00:00", AT, false, "without zone, at the latest 05:00"],
    ["2026-11-29 19:00:00", AT, true, "without zone, perhaps 07:00"],
    [null, AT, true, "nobody knows"],
    ["soon", AT, true, "no time at all"],
    ["2020-01-01", null, true, "never landed"],
  ];
  for (const [lastRefresh, snapshotAt, expected, why] of table) {
    it(`says ${expected} for ${lastRefresh}: ${why}`, () => assert.equal(isRefreshed(lastRefresh, snapshotAt), expected));
  }
});
