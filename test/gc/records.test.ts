import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { claimKey, readLanding } from "../../src/ledger/claims.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { landingKey } from "../../src/ledger/paths.ts";
import { createPlan } from "../../src/ledger/plan.ts";
import { fakeActor, fakePlan, shardNamed } from "../support/fake-run.ts";
import { gatedSink } from "../support/gated-sink.ts";
import { landThings } from "../support/things.ts";
import { DAY, found, gc, leaveOrphan, place } from "./helpers.ts";

const PLAN = fakePlan("2026-11-30-a", ["48113"]);
const { key: KEY, id: SHARD } = shardNamed(PLAN, "48113");
const RECORD = landingKey("things", KEY);
const { object, run, planned_at, fingerprint } = PLAN;
const WANTED = { object, run, planned_at, fingerprint, shard: SHARD, key: KEY };

/** A record of a failed attempt, whose object is gone, and which nobody wrote to for eight days. */
async function leftOver(t: Parameters<typeof place>[0], { isPlanned = false } = {}) {
  const there = await place(t);
  await openLedger(there.sink, object);
  if (isPlanned) await createPlan(there.sink, PLAN);
  await leaveOrphan(there.sink, PLAN, "48113");
  await there.sink.delete(KEY);
  there.later(8 * DAY);
  return there;
}

describe("gc of landing records", () => {
  it("deletes one that a failed attempt of a vanished run left, after a week", async (t) => {
    const { sink, config } = await leftOver(t);
    const report = await gc(sink, config, { delete: false });
    assert.deepEqual(found(report), [`record found ${RECORD}`]);
    assert.equal(report.items[0]?.reason, "its last attempt, of run 2026-11-30-a, which is gone, failed");
    assert.deepEqual(found(await gc(sink, config)), [`record deleted ${RECORD}`]);
    assert.equal(await readLanding(sink, object, KEY), null);
    assert.equal((await claimKey(sink, WANTED, fakeActor("next"))).outcome, "claimed");
  });

  it("deletes one whose holder fell silent", async (t) => {
    const { sink, config, later } = await leftOver(t);
    await claimKey(sink, WANTED, fakeActor("dead"));
    assert.deepEqual(found(await gc(sink, config)), []);
    later(8 * DAY);
    const report = await gc(sink, config);
    assert.deepEqual(found(report), [`record deleted ${RECORD}`]);
    assert.equal(report.items[0]?.reason, "its last attempt, of run 2026-11-30-a, which is gone, fell silent");
  });

  it("leaves one of a run that still has a plan, one of this week, and one whose object is there", async (t) => {
    const planned = await leftOver(t, { isPlanned: true });
    assert.deepEqual(found(await gc(planned.sink, planned.config)), []);
    const young = await place(t);
    await openLedger(young.sink, object);
    await leaveOrphan(young.sink, PLAN, "48113");
    await young.sink.delete(KEY);
    young.later(6 * DAY);
    assert.deepEqual(found(await gc(young.sink, young.config)), []);
    const whole = await place(t);
    await openLedger(whole.sink, object);
    await leaveOrphan(whole.sink, PLAN, "48113");
    whole.later(8 * DAY);
    assert.deepEqual(found(await gc(whole.sink, whole.config, { olderThanMs: 9 * DAY })), []);
  });

  it("never deletes one with a manifest", async (t) => {
    const { sink, config, later } = await place(t);
    await landThings(sink, PLAN);
    await sink.delete(KEY);
    later(400 * DAY);
    assert.deepEqual(found(await gc(sink, config)), []);
    assert.notEqual(await readLanding(sink, object, KEY), null);
  });

  it("keeps one that somebody claims in the moment before", async (t) => {
    const { sink, config } = await leftOver(t);
    const collector = gatedSink(sink);
    collector.before = async ({ operation }) => {
      if (operation === "delete") assert.equal((await claimKey(sink, WANTED, fakeActor("quick"))).outcome, "claimed");
    };
    assert.deepEqual(found(await gc(collector, config)), [`record kept ${RECORD}`]);
    assert.equal((await readLanding(sink, object, KEY))!.value.holder?.owner, "quick");
  });
});
