import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encoderThreads } from "../../src/extract/threads/threads.ts";

const KEYS = { hashKeys: { columns: [0], fields: [], hasher: () => assert.fail("nothing is hashed here"), warnings: [] } };
const NO_KEYS = { hashKeys: null };
const AUTO = { threads: "auto", shardsAtOnce: 1 } as const;

describe("encoder threads", () => {
  it("are none on a lone core, one beside the reading thread, and two where hash keys are made", () => {
    assert.equal(encoderThreads(AUTO, KEYS, 1), 0);
    assert.equal(encoderThreads(AUTO, NO_KEYS, 2), 1);
    assert.equal(encoderThreads(AUTO, KEYS, 2), 2);
    assert.equal(encoderThreads(AUTO, KEYS, 16), 2);
  });

  it("are one for each of several shards that share the cores", () => {
    assert.equal(encoderThreads({ ...AUTO, shardsAtOnce: 2 }, KEYS, 2), 1);
    assert.equal(encoderThreads({ ...AUTO, shardsAtOnce: 2 }, KEYS, 4), 2);
  });

  it("are as many as were asked for", () => {
    for (const threads of [0, 1, 7]) assert.equal(encoderThreads({ threads, shardsAtOnce: 1 }, KEYS, 2), threads);
  });
});
