import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BronzeError } from "../../src/model/errors.ts";
import { watchSource } from "../../src/source/outage.ts";
import { withRestarts } from "../../src/source/restarts.ts";
import { failsWith } from "../support/fails-with.ts";

const down = () => new BronzeError("SOURCE_DOWN", "Can't connect", { retryable: true });

/** A source that is away for this many probes, and a watch on it. */
function source(awayFor: number, { maxOutageMs = 60_000, answer = null as BronzeError | null } = {}) {
  const told: string[] = [];
  const state = { probes: 0, atOnce: 0, mostAtOnce: 0 };
  const stop = new AbortController();
  const watch = watchSource({
    probe: async () => {
      state.mostAtOnce = Math.max(state.mostAtOnce, ++state.atOnce);
      await new Promise((resolve) => setTimeout(resolve, 2));
      state.atOnce--;
      if (++state.probes <= awayFor) throw down();
      if (answer !== null) throw answer;
    },
    maxOutageMs,
    minDelayMs: 1,
    maxDelayMs: 4,
    signal: stop.signal,
    away: ({ tries }) => told.push(`away ${tries}`),
    back: ({ tries }) => told.push(`back ${tries}`),
  });
  /** A shard whose source is down as long as the probe says so. */
  const land = (attempts = 1) => {
    let tries = 0;
    const landing = withRestarts({ attempts, minDelayMs: 1, maxDelayMs: 2, watch, signal: stop.signal }, async (number) => {
      tries++;
      if (state.probes <= awayFor) throw down();
      return number;
    });
    return { landing, tries: () => tries };
  };
  return { watch, state, told, land, stop };
}

describe("a watched source that goes away", () => {
  it("is asked by one probe for all shards, which lose no try and go on together", async () => {
    const { state, told, land, watch } = source(3);
    const shards = Array.from({ length: 8 }, () => land(1));
    assert.deepEqual(await Promise.all(shards.map(({ landing }) => landing)), Array(8).fill(1));
    assert.deepEqual([state.probes, state.mostAtOnce], [4, 1]);
    assert.deepEqual(told, ["away 1", "away 2", "away 3", "back 4"]);
    assert.ok(shards.every(({ tries }) => tries() === 2));
    assert.ok(watch.waitedMs > 0);
  });

  it("isn't even asked by a shard that begins meanwhile", async () => {
    const { land } = source(5);
    const first = land();
    await new Promise((resolve) => setTimeout(resolve, 3));
    const second = land();
    await Promise.all([first.landing, second.landing]);
    assert.deepEqual([first.tries(), second.tries()], [2, 1]);
  });

  it("costs a try where the probe finds it there, so that a shard that needs two connections of one ends", async () => {
    const { watch, told } = source(0);
    let tries = 0;
    const landing = withRestarts({ attempts: 3, minDelayMs: 1, maxDelayMs: 2, watch }, async () => {
      tries++;
      throw down();
    });
    await assert.rejects(landing, failsWith("SOURCE_DOWN"));
    assert.deepEqual([tries, told, watch.givenUp], [3, [], null]);
  });

  it("is given up after the longest outage: nobody waits or asks any more", async () => {
    const { watch, land, state } = source(1e6, { maxOutageMs: 30 });
    const shards = [land(5), land(5)];
    for (const { landing } of shards) {
      await assert.rejects(
        landing,
        failsWith("SOURCE_DOWN", ({ message, retryable }) => {
          assert.match(message, /^The source was away for 0 s, and asked \d+ times: Can't connect$/);
          assert.equal(retryable, true);
        }),
      );
    }
    assert.equal(watch.givenUp?.code, "SOURCE_DOWN");
    const { probes } = state;
    const late = land(5);
    await assert.rejects(late.landing, (error) => error === watch.givenUp);
    assert.deepEqual([late.tries(), state.probes], [0, probes]);
  });

  it("is there when it answers, whatever the answer: the shard that reads next says what is wrong", async () => {
    const { land, told } = source(2, { answer: new BronzeError("SOURCE_AUTH", "who are you?") });
    assert.equal(await land().landing, 1);
    assert.deepEqual(told, ["away 1", "away 2", "back 3"]);
  });

  it("is waited for no longer by a shard that is cancelled, and no longer at all when the process is", async () => {
    const { watch, stop, state } = source(1e6);
    const shard = new AbortController();
    const waiting = [watch.waitOut(shard.signal), watch.waitOut(stop.signal)];
    shard.abort(new BronzeError("CANCELLED", "its claim is lost"));
    await assert.rejects(waiting[0]!, failsWith("CANCELLED"));
    stop.abort(new BronzeError("CANCELLED", "Ctrl-C"));
    await assert.rejects(waiting[1]!, failsWith("CANCELLED"));
    const { probes } = state;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.ok(state.probes <= probes + 1);
    assert.equal(watch.givenUp, null);
  });
});
