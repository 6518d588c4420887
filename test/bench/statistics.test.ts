import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { median, medianRatio, minimum, rotated } from "../../bench/statistics.ts";

describe("statistics of rounds", () => {
  it("find the middle, or the mean of the two in the middle", () => {
    assert.equal(median([9, 1, 10]), 9);
    assert.equal(median([4, 1, 2, 100]), 3);
    assert.equal(median([]), null);
    assert.equal(minimum([3, 2, 5]), 2);
    assert.equal(minimum([]), null);
  });

  it("take ratios within each round, so that a round that was slow for everybody counts like any other", () => {
    const slowSecondRound = [10, 40, 12];
    const base = [10, 20, 10];
    assert.equal(medianRatio(slowSecondRound, base), 1.2);
    assert.equal(median(slowSecondRound)! / median(base)!, 1.2);
    assert.equal(medianRatio([20, 200, 22], [10, 100, 10]), 2);
  });

  it("leave out rounds in which either is missing", () => {
    assert.equal(medianRatio([null, 6, 9], [1, 2, null]), 3);
    assert.equal(medianRatio([1], [null]), null);
    assert.equal(medianRatio([1, 2], [1]), 1);
  });

  it("let everybody begin a round in turn", () => {
    assert.deepEqual(rotated(["a", "b", "c"], 1), ["b", "c", "a"]);
    assert.deepEqual(rotated(["a", "b", "c"], 5), ["c", "a", "b"]);
    assert.deepEqual(rotated([], 2), []);
  });
});
