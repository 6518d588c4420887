import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Claim } from "../../src/ledger/claim.ts";
import { type Situation, STATES, situationOf } from "../../src/ledger/claim-states.ts";
import { claimKey, readLanding, releaseClaims } from "../../src/ledger/claims.ts";
import type { Landing } from "../../src/ledger/landing.ts";
import { systemClock } from "../../src/model/clock.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { parseRunId } from "../../src/model/ids.ts";
import { openMemorySink } from "../../src/sink/memory.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { fakeActor, fakePlan, shardNamed } from "../support/fake-run.ts";
import { gate, gatedSink } from "../support/gated-sink.ts";
import { holder, landing, manifest, RUN } from "../support/ledger-samples.ts";

const PLAN = fakePlan("run-a", ["48113"]);
const SHARD = shardNamed(PLAN, "48113");
const WANTED = { ...PLAN, shard: SHARD.id, key: SHARD.key };
const LATER = { ...WANTED, ...fakePlan("run-b", ["48113"], { minute: 5 }) };

/** A store whose clock the test moves. */
function place() {
  let aheadMs = 0;
  const sink = openMemorySink({ now: () => new Date(Date.now() + aheadMs) });
  const later = (ms: number): void => {
    aheadMs += ms;
  };
  return { sink, later };
}

async function claim(sink: Sink, owner: string, wanted = WANTED, actor = fakeActor(owner)): Promise<Claim> {
  const outcome = await claimKey(sink, wanted, actor);
  assert.equal(outcome.outcome, "claimed");
  return (outcome as { claim: Claim }).claim;
}

const held = async (sink: Sink): Promise<Landing | undefined> => (await readLanding(sink, "things", SHARD.key))?.value;

describe("the states of a data key", () => {
  const wanted = { run: RUN, planned_at: "2026-11-30T00:00:00.000Z" };
  const other = parseRunId("other");
  const empty: Landing = { ...landing, manifest: null };
  const cases: [Situation, Landing | null, number, keyof typeof acts][] = [
    ["unclaimed", null, 0, "create"],
    ["free", empty, 0, "take"],
    ["landed", landing, 0, "done"],
    ["landed", { ...landing, holder: { ...holder, run: other } }, 0, "done"],
    ["free", { ...landing, manifest: { ...manifest, run: other, planned_at: "2026-11-29T23:59:59.000Z" } }, 0, "take"],
    ["superseded", { ...landing, manifest: { ...manifest, run: other, planned_at: "2026-11-30T00:00:00.001Z" } }, 0, "done"],
    ["held", { ...empty, holder }, 125_000, "wait"],
    ["expired", { ...empty, holder }, 125_001, "take"],
    ["expired", { ...empty, holder: { ...holder, lease_ms: 1_000 } }, 2_001, "take"],
    ["mine", { ...empty, holder: { ...holder, owner: "me" } }, 0, "take"],
    ["held", { ...empty, holder: { ...holder, run: other } }, 0, "wait"],
    ["failed", { ...empty, ended: { ...holder, outcome: "failed", at: holder.claimed_at, error: null } }, 0, "take"],
    ["released", { ...empty, ended: { ...holder, outcome: "released", at: holder.claimed_at, error: null } }, 0, "take"],
    ["free", { ...empty, ended: { ...holder, run: other, outcome: "failed", at: holder.claimed_at, error: null } }, 0, "take"],
  ];
  const acts = { create: 1, take: 1, wait: 1, done: 1 };
  for (const [situation, record, ageMs, act] of cases) {
    it(`are ${situation}: ${act}, after ${ageMs} ms${record?.holder ? `, held by ${record.holder.owner} of ${record.holder.run}` : ""}`, () => {
      assert.equal(situationOf(record, wanted, "me", ageMs), situation);
      assert.equal(STATES[situation].act, act);
    });
  }
});

describe("a claim", () => {
  it("goes to one of any number who want the key", async () => {
    const { sink } = place();
    const tries = await Promise.all(Array.from({ length: 20 }, (_, i) => claimKey(sink, WANTED, fakeActor(`owner-${i}`))));
    assert.deepEqual(tries.map(({ outcome }) => outcome).sort(), [...Array(19).fill("held"), "claimed"].sort());
  });

  it("keeps others off until its lease is over by the store's clock, whatever theirs says (C13)", async () => {
    const { sink, later } = place();
    await claim(sink, "first");
    const fast = fakeActor("fast", { clock: { ...systemClock, now: () => Date.now() + 3_600_000 } });
    const early = await claimKey(sink, WANTED, fast);
    assert.equal(early.outcome, "held");
    assert.ok(early.outcome === "held" && early.freeInMs > 120_000 && early.freeInMs <= 125_000, JSON.stringify(early));
    later(126_000);
    const slow = fakeActor("slow", { clock: { ...systemClock, now: () => Date.now() - 3_600_000 } });
    assert.equal((await claimKey(sink, WANTED, slow)).outcome, "claimed");
    assert.equal((await held(sink))!.holder!.attempt, 2);
  });

  it("is lost to whoever took it over: nothing it writes counts any more", async () => {
    const { sink, later } = place();
    const first = await claim(sink, "first");
    later(126_000);
    const second = await claim(sink, "second");
    await assert.rejects(first.commit({ ...manifest, token: first.token }), { code: "SINK_CONFLICT", retryable: true });
    assert.equal(first.lost.aborted, true);
    await first.fail({ code: "SHARD_FAILED", message: "late", hint: null, retryable: false });
    assert.equal((await held(sink))!.holder!.owner, "second");
    await second.commit({ ...manifest, token: second.token });
    assert.equal((await held(sink))!.manifest!.token, second.token);
  });

  it("is given up by a holder whose lease ended, before anybody took it over", async () => {
    const { sink } = place();
    let aheadMs = 0;
    const clock = { ...systemClock, monotonic: () => performance.now() + aheadMs };
    const mine = await claim(sink, "first", WANTED, fakeActor("first", { clock }));
    aheadMs = 119_000;
    await mine.renew();
    aheadMs = 240_000;
    await assert.rejects(mine.renew(), /its lease ended/);
    await assert.rejects(mine.commit(manifest), /its lease ended/);
  });

  it("is given up by a machine that was suspended, whose monotonic clock stood still", async () => {
    const { sink } = place();
    let aheadMs = 0;
    const clock = { ...systemClock, now: () => Date.now() + aheadMs };
    const mine = await claim(sink, "first", WANTED, fakeActor("first", { clock }));
    aheadMs = 121_000;
    await assert.rejects(mine.renewIfAged(), /its lease ended/);
  });

  it("is renewed only when it has aged", async () => {
    const { sink } = place();
    let aheadMs = 0;
    const clock = { ...systemClock, monotonic: () => performance.now() + aheadMs };
    const mine = await claim(sink, "first", WANTED, fakeActor("first", { clock }));
    await mine.renewIfAged();
    assert.equal((await held(sink))!.seq, 1);
    aheadMs = 41_000;
    await mine.renewIfAged();
    assert.equal((await held(sink))!.seq, 2);
  });

  it("keeps itself alive three times in a lease, and stops itself where it can't", async () => {
    const { sink } = place();
    let monotonic = 0;
    const ticks: (() => void)[] = [];
    const clock = {
      ...systemClock,
      monotonic: () => monotonic,
      every: (_: number, work: () => void) => {
        ticks.push(work);
        return { cancel: () => void ticks.splice(0) };
      },
    };
    const gated = gatedSink(sink);
    const mine = await claim(gated, "first", WANTED, fakeActor("first", { clock }));
    mine.keepAlive();
    const tick = async (): Promise<void> => {
      monotonic += 20_000;
      for (const work of ticks) work();
      await new Promise(setImmediate);
    };
    for (let i = 0; i < 6; i++) await tick();
    assert.equal((await held(sink))!.seq, 4);
    gated.before = () => {
      throw new BronzeError("SINK_FAILED", "503", { retryable: true });
    };
    for (let i = 0; i < 6; i++) await tick();
    assert.equal(mine.lost.aborted, true);
    assert.equal(ticks.length, 0);
  });

  it("recognises a renewal of its own whose answer was lost", async () => {
    const { sink } = place();
    const gated = gatedSink(sink);
    const mine = await claim(gated, "first");
    gated.after = ({ operation }) => {
      if (operation === "put") throw new BronzeError("SINK_FAILED", "socket hang up", { retryable: true });
    };
    await assert.rejects(mine.renew(), { code: "SINK_FAILED" });
    gated.after = () => {};
    await mine.renew();
    await mine.commit({ ...manifest, token: mine.token });
    assert.equal((await held(sink))!.holder, null);
  });

  it("is not taken again by a renewal that waited for its end", async () => {
    const { sink } = place();
    const gated = gatedSink(sink);
    const mine = await claim(gated, "first");
    const door = gate();
    gated.before = ({ operation }) => (operation === "put" ? door.pass() : undefined);
    const committed = mine.commit({ ...manifest, token: mine.token });
    await door.reached;
    const renewed = mine.renew();
    door.open();
    await Promise.all([committed, renewed]);
    assert.equal((await held(sink))!.holder, null);
  });

  it("is not taken from its next holder by a renewal that waited for a commit whose answer was lost", async () => {
    const { sink } = place();
    const gated = gatedSink(sink);
    const mine = await claim(gated, "first");
    let answers = 0;
    let renewed: Promise<void> | undefined;
    gated.after = async ({ operation }) => {
      if (operation !== "put" || ++answers > 1) return;
      // The commit took effect; before anybody tells, a renewal is due and the next run takes the key.
      renewed = mine.renew();
      await claim(sink, "second", LATER);
      throw new BronzeError("SINK_CONFLICT", "412");
    };
    await mine.commit({ ...manifest, token: mine.token });
    await renewed;
    assert.equal((await held(sink))!.holder!.owner, "second");
  });

  it("counts the attempts of one run, and begins at one for another", async () => {
    const { sink } = place();
    const error = { code: "TABLE_MISSING", message: "gone", hint: null, retryable: false };
    await (await claim(sink, "first")).fail(error);
    const again = await claim(sink, "first");
    assert.equal(again.attempt, 2);
    await again.release();
    assert.equal((await claim(sink, "second", LATER)).attempt, 1);
  });

  it("keeps how the last attempt failed until one lands", async () => {
    const { sink } = place();
    const error = { code: "TABLE_MISSING", message: "gone", hint: null, retryable: false };
    await (await claim(sink, "first")).fail(error);
    const again = await claim(sink, "second");
    assert.deepEqual((await held(sink))!.ended!.error, error);
    await again.commit({ ...manifest, token: again.token });
    assert.equal((await held(sink))!.ended, null);
  });

  it("is taken from those who work on a cancelled run, and from nobody else", async () => {
    const { sink } = place();
    const mine = await claim(sink, "first");
    assert.deepEqual(await releaseClaims(sink, "things", LATER.run, PLAN.shards), []);
    assert.deepEqual(await releaseClaims(sink, "things", PLAN.run, PLAN.shards), ["48113"]);
    await assert.rejects(mine.renew(), { code: "SINK_CONFLICT" });
    assert.equal((await held(sink))!.ended!.outcome, "released");
  });
});

describe("an intent", () => {
  it("stays with the record until it can't take effect any more", async () => {
    const { sink, later } = place();
    const first = await claim(sink, "first");
    await first.commit({ ...manifest, token: first.token });
    const second = await claim(sink, "second", LATER);
    const next = { ...manifest, run: LATER.run, token: second.token };
    await second.intend(next, { [manifest.files[0]!.key]: '"e"' });
    await second.fail({ code: "SINK_FAILED", message: "503", hint: null, retryable: true });
    // The next one lands the very same bytes, so the late write of the one before may still match.
    const third = await claim(sink, "third", LATER);
    await third.commit({ ...next, token: third.token });
    assert.deepEqual(
      (await held(sink))!.intents.map(({ token }) => token),
      [second.token],
    );
    // Other bytes now, and perhaps the same ones once more before that write arrives.
    const fourth = await claim(sink, "fourth", { ...LATER, ...fakePlan("run-c", ["48113"], { minute: 9 }) });
    const files = manifest.files.map((file) => ({ ...file, etag: '"another"' }));
    await fourth.commit({ ...next, run: parseRunId("run-c"), token: fourth.token, files });
    assert.equal((await held(sink))!.intents.length, 1);
    later(25 * 60_000);
    const fifth = await claim(sink, "fifth", { ...LATER, ...fakePlan("run-d", ["48113"], { minute: 10 }) });
    await fifth.commit({ ...next, run: parseRunId("run-d"), token: fifth.token });
    assert.deepEqual((await held(sink))!.intents, []);
  });

  it("may be acted on for five minutes by both clocks: a machine that slept stopped one of them", async () => {
    for (const stopped of ["now", "monotonic"] as const) {
      const { sink } = place();
      let passedMs = 0;
      const clock = { ...systemClock, now: () => 1_000_000 + passedMs, monotonic: () => passedMs, [stopped]: () => 1_000_000 };
      const mine = await claim(sink, "mine", WANTED, { ...fakeActor("mine"), clock, leaseMs: 3_600_000 });
      passedMs = 3_000_000;
      assert.ok(mine.isInTime(), "nothing is intended yet");
      await mine.intend({ ...manifest, token: mine.token }, { [manifest.files[0]!.key]: '"e"' });
      passedMs += 5 * 60_000 - 1;
      assert.ok(mine.isInTime(), stopped);
      passedMs += 1;
      assert.ok(!mine.isInTime(), stopped);
    }
  });
});
