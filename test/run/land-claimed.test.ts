import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Actor } from "../../src/ledger/actor.ts";
import { claimKey, readLanding } from "../../src/ledger/claims.ts";
import { landedShards } from "../../src/ledger/receipts.ts";
import { writeStop } from "../../src/ledger/stop.ts";
import { systemClock } from "../../src/model/clock.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { type ClaimedOutcome, landClaimed } from "../../src/run/land-claimed.ts";
import { openMemorySink } from "../../src/sink/memory.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { fakeActor, fakeParquet, fakePlan, fakeRun, shardNamed } from "../support/fake-run.ts";
import { type GatedSink, gate, gatedSink } from "../support/gated-sink.ts";

const PLAN = fakePlan("2026-11-30-a", ["48113"]);
const SHARD = shardNamed(PLAN, "48113");

/** A store whose clock the test moves. */
function place() {
  let aheadMs = 0;
  const store = openMemorySink({ now: () => new Date(Date.now() + aheadMs) });
  const later = (ms: number): void => {
    aheadMs += ms;
  };
  return { store, later };
}

/** What the object and its record say of each other. */
async function standing(sink: Sink, plan = PLAN) {
  const landing = await readLanding(sink, plan.object, SHARD.key);
  const object = await sink.get(SHARD.key);
  const file = landing?.value.manifest?.files[0] ?? null;
  return {
    run: landing?.value.manifest?.run ?? null,
    rows: landing?.value.manifest?.rows ?? null,
    fits: file !== null && object !== null && file.etag === object.info.etag && file.bytes === object.body.byteLength,
    object: object === null ? null : Buffer.from(object.body).toString("latin1"),
    holder: landing?.value.holder?.owner ?? null,
    intents: landing?.value.intents.length ?? 0,
  };
}

const text = (rows: string): string => Buffer.from(fakeParquet(rows)).toString("latin1");

function isLanded(outcome: ClaimedOutcome, fresh: boolean): void {
  assert.equal(outcome.outcome, "landed", outcome.outcome === "failed" ? outcome.error.message : undefined);
  assert.equal(outcome.outcome === "landed" && outcome.fresh, fresh);
}

const recordPut = ({ operation, key }: { operation: string; key: string }): boolean =>
  operation === "put" && key.includes("/landings/");
const dataPublish = ({ operation }: { operation: string }): boolean => operation === "publish";

/** Fires once, for the first request that matches. */
function once(
  sink: GatedSink,
  when: "before" | "after",
  matches: (request: { operation: string; key: string }) => boolean,
  work: () => Promise<void> | void,
) {
  let fired = false;
  sink[when] = async (request) => {
    if (fired || !matches(request)) return;
    fired = true;
    await work();
  };
}

const down = (): BronzeError => new BronzeError("SINK_FAILED", "the store answered 503", { retryable: true });

describe("landing a shard under a claim", () => {
  it("leaves an object, its manifest, and a receipt, and nobody holds the key", async () => {
    const { store } = place();
    isLanded(await landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "abc" })), true);
    assert.deepEqual(await standing(store), {
      run: PLAN.run,
      rows: 3,
      fits: true,
      object: text("abc"),
      holder: null,
      intents: 0,
    });
    assert.deepEqual([...(await landedShards(store, PLAN.object, PLAN.run))], ["48113"]);
  });

  it("is not done a second time for the same run", async () => {
    const { store } = place();
    const run = fakeRun(store, { plan: PLAN, rows: () => "abc" });
    await landClaimed(SHARD, run);
    isLanded(await landClaimed(SHARD, run), false);
  });

  it("takes nine requests for a new key", async () => {
    const sink = gatedSink(place().store);
    await landClaimed(SHARD, fakeRun(sink, { plan: PLAN, rows: () => "abc" }));
    assert.deepEqual(
      sink.made.map((line) => line.replace(/ .*\/(?=[^/]+$)/, " ").replace(/-[0-9a-f]{16}/, "")),
      [
        "get stop.json",
        "get 48113_2026-11-30.json",
        "put 48113_2026-11-30.json",
        "publish 48113_2026-11-30.parquet",
        "tail 48113_2026-11-30.parquet",
        "put 48113_2026-11-30.json",
        "put 48113.json",
      ],
    );
  });

  it("never lets a stalled process replace what its successor landed (C2)", async () => {
    const { store, later } = place();
    const door = gate();
    const slow = gatedSink(store);
    once(slow, "before", dataPublish, door.pass);
    const stalled = landClaimed(SHARD, fakeRun(slow, { plan: PLAN, rows: () => "old", actor: fakeActor("stalled") }));
    await door.reached;
    later(200_000);
    isLanded(await landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "newer" })), true);
    door.open();
    isLanded(await stalled, false);
    assert.deepEqual(await standing(store), {
      run: PLAN.run,
      rows: 5,
      fits: true,
      object: text("newer"),
      holder: null,
      intents: 0,
    });
  });

  it("never lets a process that stalls between object and manifest commit after its successor (C2)", async () => {
    const { store, later } = place();
    const door = gate();
    const slow = gatedSink(store);
    once(slow, "after", dataPublish, door.pass);
    const stalled = landClaimed(SHARD, fakeRun(slow, { plan: PLAN, rows: () => "old", actor: fakeActor("stalled") }));
    await door.reached;
    later(200_000);
    isLanded(await landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "newer" })), true);
    door.open();
    isLanded(await stalled, false);
    assert.equal((await standing(store)).fits, true);
    assert.equal((await standing(store)).object, text("newer"));
  });

  it("stops by itself when its lease ended before it could be renewed", async () => {
    const { store } = place();
    let aheadMs = 0;
    const clock = { ...systemClock, monotonic: () => performance.now() + aheadMs };
    const actor: Actor = fakeActor("suspended", { clock });
    const suspend = async (): Promise<void> => {
      aheadMs = 130_000;
    };
    const outcome = await landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "abc", actor, beforeSeal: suspend }));
    assert.equal(outcome.outcome, "failed");
    assert.match(outcome.outcome === "failed" ? outcome.error.message : "", /its lease ended/);
    assert.equal(await store.head(SHARD.key), null);
  });

  it("sees the landing of whom it waited for, and doesn't land again (C3)", async () => {
    const { store } = place();
    const door = gate();
    const first = gatedSink(store);
    once(first, "before", dataPublish, door.pass);
    const landing = landClaimed(SHARD, fakeRun(first, { plan: PLAN, rows: () => "abc" }));
    await door.reached;
    const second = gatedSink(store);
    // Between the waiter's look and its claim the first one lands.
    once(
      second,
      "after",
      ({ operation, key }) => operation === "get" && key.includes("/landings/"),
      async () => {
        door.open();
        await landing;
      },
    );
    const waiting = await landClaimed(SHARD, fakeRun(second, { plan: PLAN, rows: () => "abcd" }));
    assert.equal(waiting.outcome, "held");
    isLanded(await landClaimed(SHARD, fakeRun(second, { plan: PLAN, rows: () => "abcd" })), false);
    assert.equal((await standing(store)).rows, 3);
  });

  it("deletes nothing when its manifest can't be written, whoever vouches for the object (C4a)", async () => {
    const { store } = place();
    isLanded(await landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "abc" })), true);
    const second = fakePlan("2026-11-30-b", ["48113"], { minute: 5 });
    const sink = gatedSink(store);
    let puts = 0;
    sink.before = (request) => {
      // Claim and intent are written, the commit is not.
      if (recordPut(request) && ++puts >= 3) throw new BronzeError("CREDENTIALS", "the AWS credentials have expired");
    };
    const outcome = await landClaimed(SHARD, fakeRun(sink, { plan: second, rows: () => "abcd" }));
    assert.equal(outcome.outcome, "failed");
    assert.notEqual(await store.head(SHARD.key), null);
    assert.deepEqual(
      sink.made.filter((line) => line.startsWith("delete")),
      [],
    );
    // The object is what the record announced: readers tell by the token.
    const record = (await readLanding(store, PLAN.object, SHARD.key))!.value;
    assert.equal(record.manifest!.run, PLAN.run);
    assert.equal(record.intents[0]!.manifest.files[0]!.token, (await store.head(SHARD.key))!.token);
  });

  it("keeps the winner's object when the loser of two with the same bytes fails (C4b)", async () => {
    const { store, later } = place();
    const door = gate();
    const slow = gatedSink(store);
    once(
      slow,
      "before",
      (request) => recordPut(request) && slow.made.some((line) => line.startsWith("publish")),
      async () => {
        await door.pass();
        throw down();
      },
    );
    const loser = landClaimed(SHARD, fakeRun(slow, { plan: PLAN, rows: () => "same", actor: fakeActor("loser") }));
    await door.reached;
    later(200_000);
    isLanded(await landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "same" })), true);
    door.open();
    await loser;
    assert.equal((await standing(store)).fits, true);
  });

  it("recognises its own manifest when the answer to it was lost (C4c)", async () => {
    const { store } = place();
    const sink = gatedSink(store);
    let published = false;
    sink.after = (request) => {
      published ||= dataPublish(request);
      if (published && recordPut(request)) throw down();
    };
    isLanded(await landClaimed(SHARD, fakeRun(sink, { plan: PLAN, rows: () => "abc" })), true);
    assert.equal((await standing(store)).fits, true);
    assert.deepEqual([...(await landedShards(store, PLAN.object, PLAN.run))], ["48113"]);
  });

  it("has one owner for a key, whichever run wants it (C5)", async () => {
    const { store } = place();
    const other = fakePlan("2026-11-30-b", ["48113"], { minute: 5 });
    const claimed = await claimKey(store, { ...PLAN, shard: SHARD.id, key: SHARD.key }, fakeActor("one"));
    assert.equal(claimed.outcome, "claimed");
    const outcome = await landClaimed(SHARD, fakeRun(store, { plan: other, rows: () => "abc" }));
    assert.equal(outcome.outcome, "held");
  });

  it("supersedes what an earlier run of the day landed, and says what it replaces (C5)", async () => {
    const { store } = place();
    await landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "abc" }));
    const later = fakePlan("2026-11-30-b", ["48113"], { minute: 5 });
    const replaced: string[] = [];
    const run = fakeRun(store, { plan: later, rows: () => "abcd", replacing: (_, before) => replaced.push(before.run) });
    isLanded(await landClaimed(SHARD, run), true);
    assert.deepEqual(replaced, [PLAN.run]);
    assert.deepEqual(await standing(store), {
      run: later.run,
      rows: 4,
      fits: true,
      object: text("abcd"),
      holder: null,
      // For as long as a repetition of its request may arrive.
      intents: 1,
    });
  });

  it("leaves alone what a run planned later has landed, unless it is told to replace it", async () => {
    const { store } = place();
    const later = fakePlan("2026-11-30-b", ["48113"], { minute: 5 });
    await landClaimed(SHARD, fakeRun(store, { plan: later, rows: () => "abcd" }));
    const outcome = await landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "abc" }));
    assert.equal(outcome.outcome, "superseded");
    assert.equal((await standing(store)).run, later.run);
    isLanded(await landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "abc", replace: true })), true);
    assert.equal((await standing(store)).run, PLAN.run);
  });

  it("announces what it is about to replace before the object changes", async () => {
    const { store } = place();
    await landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "abc" }));
    const later = fakePlan("2026-11-30-b", ["48113"], { minute: 5 });
    const sink = gatedSink(store);
    let intents = -1;
    once(sink, "before", dataPublish, async () => {
      intents = (await standing(store)).intents;
    });
    await landClaimed(SHARD, fakeRun(sink, { plan: later, rows: () => "abcd" }));
    assert.equal(intents, 1);
  });

  it("finishes what a signal finds published (C6)", async () => {
    const { store } = place();
    const abort = new AbortController();
    const sink = gatedSink(store);
    once(sink, "after", dataPublish, () => abort.abort(new BronzeError("CANCELLED", "stop")));
    isLanded(await landClaimed(SHARD, fakeRun(sink, { plan: PLAN, rows: () => "abc", signal: abort.signal })), true);
    assert.equal((await standing(store)).fits, true);
  });

  it("leaves nothing but a released claim when a signal comes before", async () => {
    const { store } = place();
    const abort = new AbortController();
    const run = fakeRun(store, {
      plan: PLAN,
      rows: () => "abc",
      signal: abort.signal,
      beforeSeal: async () => abort.abort(new BronzeError("CANCELLED", "stop")),
    });
    await assert.rejects(landClaimed(SHARD, run), { code: "CANCELLED" });
    assert.equal(await store.head(SHARD.key), null);
    assert.equal((await readLanding(store, PLAN.object, SHARD.key))!.value.ended!.outcome, "released");
  });

  it("replaces an object that nobody vouches for", async () => {
    const { store } = place();
    await store.put(SHARD.key, fakeParquet("orphan"));
    isLanded(await landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "abc" })), true);
    assert.equal((await standing(store)).object, text("abc"));
  });

  it("says what it intends before it replaces an object that nobody vouches for", async () => {
    const { store } = place();
    await store.put(SHARD.key, fakeParquet("orphan"));
    const sink = gatedSink(store);
    let intents = 0;
    sink.before = async (request) => {
      if (dataPublish(request)) ({ intents } = await standing(store));
    };
    isLanded(await landClaimed(SHARD, fakeRun(sink, { plan: PLAN, rows: () => "abc" })), true);
    assert.equal(intents, 1);
  });

  it("gives up where another program writes to its key all the time", async () => {
    const { store } = place();
    const sink = gatedSink(store);
    let writes = 0;
    sink.before = async (request) => {
      if (dataPublish(request)) await store.put(SHARD.key, fakeParquet(`stranger ${++writes}`));
    };
    const outcome = await landClaimed(SHARD, fakeRun(sink, { plan: PLAN, rows: () => "abc" }));
    assert.equal(outcome.outcome === "failed" && outcome.error.code, "SINK_CONFLICT");
    assert.equal(writes, 3);
  });

  it("writes the receipt that a killed process left out", async () => {
    const { store } = place();
    const sink = gatedSink(store);
    sink.before = ({ operation, key }) => {
      if (operation === "put" && key.includes("/landed/")) throw down();
    };
    assert.equal((await landClaimed(SHARD, fakeRun(sink, { plan: PLAN, rows: () => "abc" }))).outcome, "failed");
    assert.equal((await landedShards(store, PLAN.object, PLAN.run)).size, 0);
    isLanded(await landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "abcd" })), false);
    assert.equal((await landedShards(store, PLAN.object, PLAN.run)).size, 1);
  });

  it("says how the shard failed, even when that can't be written down", async () => {
    const { store } = place();
    const sink = gatedSink(store);
    const run = fakeRun(sink, {
      plan: PLAN,
      rows: () => "abc",
      beforeSeal: async () => {
        sink.before = () => {
          throw down();
        };
        throw new BronzeError("UNREPRESENTABLE", "NaN in row 7");
      },
    });
    const outcome = await landClaimed(SHARD, run);
    assert.equal(outcome.outcome === "failed" && outcome.error.code, "UNREPRESENTABLE");
  });

  it("begins nothing of a cancelled run", async () => {
    const { store } = place();
    await writeStop(store, PLAN.object, PLAN.run, "somebody");
    await assert.rejects(landClaimed(SHARD, fakeRun(store, { plan: PLAN, rows: () => "abc" })), { code: "CANCELLED" });
  });
});
