import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { claimKey } from "../../src/ledger/claims.ts";
import { announce } from "../../src/ledger/current.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { runFolder } from "../../src/ledger/paths.ts";
import { createPlan, type RunPlan } from "../../src/ledger/plan.ts";
import { writeStop } from "../../src/ledger/stop.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { parseRunId } from "../../src/model/ids.ts";
import { finishRun } from "../../src/run/finish.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { fakeActor, fakePlan, shardNamed } from "../support/fake-run.ts";
import { gatedSink } from "../support/gated-sink.ts";
import { landThings } from "../support/things.ts";
import { found, gc, keysOf, place } from "./helpers.ts";

const PUBLISH = { allowPartial: true, allowShrink: true, maxShrink: 1 };
const NAMES = ["a", "b", "c", "d", "e"] as const;
const folderOf = (run: string): string => runFolder("things", parseRunId(run));

/** Five runs of five months, each landed, finished and long past; `published` is what readers are on. */
async function months(sink: Sink, published: (typeof NAMES)[number] = "a"): Promise<RunPlan[]> {
  const plans = NAMES.map((name, i) => fakePlan(name, ["48113", "48201"], { day: `2020-0${i + 1}-01` }));
  for (const plan of plans) {
    await landThings(sink, plan);
    await finishRun(sink, plan, plan.run === published ? PUBLISH : null);
  }
  return plans;
}

for (const kind of ["memory", "file"] as const) {
  describe(`gc of old runs in a ${kind} sink`, () => {
    it("deletes their documents, and leaves those of the published run, of the newest, and all that landed", async (t) => {
      const { sink, config } = await place(t, kind);
      await months(sink);
      await writeStop(sink, "things", parseRunId("b"), "a test");
      const landings = await keysOf(sink, "_pg_bronze/object=things/landings/");
      const told = await gc(sink, config, { keepRuns: 2, delete: false });
      assert.deepEqual(
        found(told),
        ["c", "b"].map((run) => `run found ${folderOf(run)}`),
      );
      assert.equal(told.items[1]?.reason, "planned 2020-02-01, not published, and 2 runs are newer: 5 documents");
      const report = await gc(sink, config, { keepRuns: 2 });
      assert.deepEqual(
        found(report),
        ["c", "b"].map((run) => `run deleted ${folderOf(run)}`),
      );
      for (const run of ["b", "c"]) assert.deepEqual(await keysOf(sink, folderOf(run)), []);
      for (const run of ["a", "d", "e"]) assert.equal((await keysOf(sink, folderOf(run))).length, 4, run);
      assert.equal((await keysOf(sink)).length, 10);
      assert.deepEqual(await keysOf(sink, "_pg_bronze/object=things/landings/"), landings);
    });
  });
}

describe("gc of old runs", () => {
  it("leaves those of the last thirty days, however many there are", async (t) => {
    const { sink, config } = await place(t);
    await openLedger(sink, "things");
    const now = Date.now();
    for (const [name, days] of [
      ["young", 29],
      ["old", 31],
      ["latest", 1],
    ] as const) {
      const planned_at = new Date(now - days * 24 * 3_600_000).toISOString();
      await createPlan(sink, { ...fakePlan(name, ["48113"], { day: planned_at.slice(0, 10) }), planned_at });
    }
    assert.deepEqual(found(await gc(sink, config, { keepRuns: 1 })), [`run deleted ${folderOf("old")}`]);
  });

  it("leaves the run that is about to be published, the latest snapshot, and one that somebody works for", async (t) => {
    const { sink, config } = await place(t);
    const [, b, c, d] = (await months(sink)) as [RunPlan, RunPlan, RunPlan, RunPlan, RunPlan];
    await announce(sink, c);
    const more = fakePlan("late", ["48453"], { day: "2019-01-01" });
    const planned_at = "2020-12-01T00:00:00.000Z";
    await createPlan(sink, { ...more, planned_at });
    const { object, run, fingerprint } = b;
    const { id, key } = shardNamed(more, "48453");
    const claimed = await claimKey(sink, { object, run, planned_at, fingerprint, shard: id, key }, fakeActor("worker"));
    assert.equal(claimed.outcome, "claimed");
    assert.deepEqual(found(await gc(sink, config, { keepRuns: 1 })), [`run deleted ${folderOf(d.run)}`]);
  });

  it("deletes the plan last, so that what was interrupted is found again", async (t) => {
    const { sink, config } = await place(t);
    await months(sink);
    const collector = gatedSink(sink);
    collector.before = ({ operation, key }) => {
      if (operation === "delete" && key.endsWith("b/plan.json")) throw new BronzeError("SINK_DENIED", "not yours");
    };
    const report = await gc(collector, config, { keepRuns: 2 });
    assert.deepEqual(found(report), [`run deleted ${folderOf("c")}`, `run failed ${folderOf("b")}`]);
    assert.deepEqual(await keysOf(sink, folderOf("b")), [`${folderOf("b")}plan.json`]);
    assert.deepEqual(found(await gc(sink, config, { keepRuns: 2 })), [`run deleted ${folderOf("b")}`]);
  });

  it("keeps a run that is published in the moment before", async (t) => {
    const { sink, config } = await place(t);
    const plans = await months(sink, "a");
    const collector = gatedSink(sink);
    collector.before = async ({ operation, key }) => {
      if (operation !== "delete" || !key.startsWith(folderOf("c"))) return;
      collector.before = () => {};
      await finishRun(sink, plans[1]!, PUBLISH);
    };
    assert.deepEqual(found(await gc(collector, config, { keepRuns: 2 })), [
      `run deleted ${folderOf("c")}`,
      `run kept ${folderOf("b")}`,
    ]);
    assert.equal((await keysOf(sink, folderOf("b"))).length, 4);
  });
});
