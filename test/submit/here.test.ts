import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concurrentShards } from "../../src/submit/here.ts";

describe("shards at once", () => {
  it("are as many as jobs, and take no more connections than allowed", () => {
    assert.equal(concurrentShards(4, null, 3), 4);
    assert.equal(concurrentShards(4, 24, 3), 4);
    assert.equal(concurrentShards(8, 10, 3), 3);
    assert.equal(concurrentShards(8, 3, 3), 1);
  });

  it("are refused when one takes more connections than allowed", () => {
    assert.throws(() => concurrentShards(4, 2, 3), { code: "USAGE", exitCode: 2 });
  });
});
