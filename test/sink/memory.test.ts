import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openMemorySink } from "../../src/sink/memory.ts";
import { sinkContract } from "./contract.ts";
import { text } from "./helpers.ts";

sinkContract("memory", async () => {
  const sink = openMemorySink();
  return { sink, other: async () => sink, leftovers: async () => [], close: async () => {} };
});

describe("a sink in memory", () => {
  it("takes its time from the clock that it is given", async () => {
    let at = new Date("2026-11-30T12:00:00Z");
    const sink = openMemorySink({ now: () => at });
    await sink.put("a", text("1"));
    at = new Date("2026-11-30T12:00:09Z");
    assert.deepEqual(await sink.now(), at);
    assert.deepEqual((await sink.head("a"))?.modified, new Date("2026-11-30T12:00:00Z"));
  });

  it("repeats itself: the same calls have the same tokens", async () => {
    const [one, two] = [openMemorySink(), openMemorySink()];
    for (const key of ["a", "b"]) assert.equal((await one.put(key, text(key))).token, (await two.put(key, text(key))).token);
  });
});
