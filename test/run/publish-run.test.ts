import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { claimKey, readLanding } from "../../src/ledger/claims.ts";
import { announce, readCurrent } from "../../src/ledger/current.ts";
import { createPlan, type RunPlan, shardsOf } from "../../src/ledger/plan.ts";
import { finishRun, finishWhenWhole } from "../../src/run/finish.ts";
import { landClaimed } from "../../src/run/land-claimed.ts";
import type { PublishOptions } from "../../src/run/publish-run.ts";
import { openMemorySink } from "../../src/sink/memory.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { fakeActor, fakePlan, fakeRun, shardNamed } from "../support/fake-run.ts";
import { gatedSink } from "../support/gated-sink.ts";

const PUBLISH: PublishOptions = { allowPartial: false, allowShrink: false, maxShrink: 0.05 };
const TWO = ["48113", "48201"];

async function planned(sink: Sink, plan: RunPlan): Promise<RunPlan> {
  return (await createPlan(sink, plan)).plan;
}

/** A run that has a plan and has landed, with as many rows in each shard as the text is long. */
async function landed(sink: Sink, plan: RunPlan, rows = "abc", only?: readonly string[]): Promise<RunPlan> {
  await planned(sink, plan);
  const run = fakeRun(sink, { plan, rows: () => rows });
  for (const shard of shardsOf(plan)) {
    if (only !== undefined && !only.includes(shard.id)) continue;
    const end = await landClaimed(shard, run);
    assert.equal(end.outcome, "landed");
  }
  return plan;
}

async function publish(sink: Sink, plan: RunPlan, options: Partial<PublishOptions> = {}) {
  const { publication } = await finishRun(sink, plan, { ...PUBLISH, ...options });
  return publication.published ? publication.move : publication;
}

const currentRun = async (sink: Sink): Promise<string | undefined> => (await readCurrent(sink, "things"))?.published?.run;

describe("publishing a run", () => {
  it("moves current.json to it when all its shards have landed", async () => {
    const sink = openMemorySink();
    const plan = await landed(sink, fakePlan("a", TWO));
    assert.equal(await publish(sink, plan), "first");
    const current = (await readCurrent(sink, "things"))!;
    assert.deepEqual(
      { ...current.published, published_at: "" },
      {
        run: "a",
        snapshot_dt: "2026-11-30",
        planned_at: plan.planned_at,
        fingerprint: plan.fingerprint,
        published_at: "",
        landed: 2,
        absent: [],
        partial: false,
        rows: 6,
        bytes: 30,
      },
    );
    assert.equal(current.next, null);
    assert.equal(await publish(sink, plan), "unchanged");
    assert.deepEqual(await readCurrent(sink, "things"), current);
  });

  it("is left to the job that lands the last shard, whichever that is", async () => {
    const sink = openMemorySink();
    const plan = await landed(sink, fakePlan("a", TWO), "abc", ["48201"]);
    assert.equal(await finishWhenWhole(sink, plan, PUBLISH), null);
    await landClaimed(shardNamed(plan, "48113"), fakeRun(sink, { plan, rows: () => "abc" }));
    assert.equal((await finishWhenWhole(sink, plan, PUBLISH))?.publication.published, true);
  });

  it("is refused while shards are absent, unless a partial run is wanted, which names them", async () => {
    const sink = openMemorySink();
    const plan = await landed(sink, fakePlan("a", TWO), "abc", ["48201"]);
    assert.deepEqual(await publish(sink, plan), { published: false, move: "incomplete", reason: "1 of 2 shards are absent" });
    assert.equal(await publish(sink, plan, { allowPartial: true }), "first");
    assert.deepEqual((await readCurrent(sink, "things"))!.published!.absent, ["48113"]);
  });

  it("never goes back to a run of the same day that was planned earlier (C7)", async () => {
    const sink = openMemorySink();
    const early = await landed(sink, fakePlan("early", ["48113"]), "abc");
    const late = await landed(sink, fakePlan("late", ["48201"], { minute: 180 }), "abc");
    assert.equal(await publish(sink, late), "first");
    const refused = await publish(sink, early);
    assert.equal(typeof refused === "object" && refused.move, "older");
    assert.equal(await currentRun(sink), "late");
  });

  it("is refused when an object is gone, or isn't what its manifest says", async () => {
    const sink = openMemorySink();
    const plan = await landed(sink, fakePlan("a", TWO));
    const { key } = shardNamed(plan, "48113");
    await sink.put(key, Buffer.from("something else"));
    const changed = await publish(sink, plan);
    assert.match(typeof changed === "object" ? changed.reason : "", /48113_2026-11-30.parquet has 14 bytes, not 15/);
    await sink.delete(key);
    const gone = await publish(sink, plan);
    assert.match(typeof gone === "object" ? `${gone.move} ${gone.reason}` : "", /^changed .*48113_2026-11-30.parquet is missing/);
    assert.equal(await currentRun(sink), undefined);
  });

  it("is refused when a run planned later has landed one of its keys", async () => {
    const sink = openMemorySink();
    const plan = await landed(sink, fakePlan("a", TWO));
    await landed(sink, fakePlan("b", ["48113"], { minute: 5 }), "abcd");
    const refused = await publish(sink, plan);
    assert.match(typeof refused === "object" ? `${refused.move} ${refused.reason}` : "", /^superseded run b/);
  });

  it("stays whole for readers when a run planned later lands one of its keys again", async () => {
    const sink = openMemorySink();
    const plan = await landed(sink, fakePlan("a", TWO));
    await publish(sink, plan);
    await landed(sink, fakePlan("b", ["48113"], { minute: 5 }), "abcd");
    const landing = (await readLanding(sink, "things", shardNamed(plan, "48113").key))!.value;
    assert.equal(landing.manifest!.run, "b");
    assert.deepEqual(
      landing.history.map(({ run }) => run),
      ["a"],
    );
    assert.equal(await currentRun(sink), "a");
  });

  it("is refused for a snapshot that lost more than a twentieth of its rows, until somebody allows it (S4)", async () => {
    const sink = openMemorySink();
    await publish(sink, await landed(sink, fakePlan("a", TWO), "a".repeat(100)));
    const next = await landed(sink, fakePlan("b", TWO, { day: "2026-12-01" }), "a".repeat(94));
    const refused = await publish(sink, next);
    assert.match(
      typeof refused === "object" ? `${refused.move} ${refused.reason}` : "",
      /^shrunk it has 188 rows where readers see 200/,
    );
    assert.equal(await publish(sink, next, { allowShrink: true }), "newer");
  });

  it("is refused for a lookup that lost most of its shards (S4)", async () => {
    const sink = openMemorySink();
    await publish(sink, await landed(sink, fakePlan("a", TWO)));
    const next = await landed(sink, fakePlan("b", ["48113"], { day: "2026-12-01" }), "abcdef");
    const refused = await publish(sink, next);
    assert.match(
      typeof refused === "object" ? `${refused.move} ${refused.reason}` : "",
      /^shrunk it has 1 shards where readers see 2/,
    );
  });

  it("is refused for a choice of shards where readers see more", async () => {
    const sink = openMemorySink();
    await publish(sink, await landed(sink, fakePlan("a", TWO)));
    const choice = await landed(sink, fakePlan("b", ["48113"], { minute: 5, selection: { geoid: ["48113"] } }));
    const refused = await publish(sink, choice);
    assert.equal(typeof refused === "object" && refused.move, "narrower");
  });

  it("is refused for what changed alone, also when nothing was published before (C11)", async () => {
    const sink = openMemorySink();
    const plan = await landed(sink, fakePlan("a", ["48113"], { sinceRefresh: true }));
    const refused = await publish(sink, plan);
    assert.equal(typeof refused === "object" && refused.move, "narrower");
    assert.equal(await publish(sink, plan, { allowPartial: true }), "first");
    assert.equal((await readCurrent(sink, "things"))!.published!.partial, true);
  });

  it("waits for a run of another config that is landing one of its keys", async () => {
    const sink = openMemorySink();
    const plan = await landed(sink, fakePlan("a", TWO));
    const other = fakePlan("b", ["48113"], { minute: 5, fingerprint: "0".repeat(16) });
    await claimKey(
      sink,
      { ...other, shard: shardNamed(other, "48113").id, key: shardNamed(other, "48113").key },
      fakeActor("other"),
    );
    const refused = await publish(sink, plan);
    assert.match(typeof refused === "object" ? `${refused.move} ${refused.reason}` : "", /^unsettled run b/);
  });

  it("takes the key away from a process of another config that fell silent", async () => {
    let aheadMs = 0;
    const sink = openMemorySink({ now: () => new Date(Date.now() + aheadMs) });
    const plan = await landed(sink, fakePlan("a", TWO));
    const other = fakePlan("b", ["48113"], { minute: 5, fingerprint: "0".repeat(16) });
    const wanted = { ...other, shard: shardNamed(other, "48113").id, key: shardNamed(other, "48113").key };
    const claimed = await claimKey(sink, wanted, fakeActor("other"));
    aheadMs = 600_000;
    assert.equal(await publish(sink, plan), "first");
    await assert.rejects(claimed.outcome === "claimed" ? claimed.claim.renew() : Promise.resolve(), { code: "SINK_CONFLICT" });
  });

  it("keeps another config out of the published run, unless it is told to replace it (C5)", async () => {
    const sink = openMemorySink();
    await publish(sink, await landed(sink, fakePlan("a", TWO)));
    const other = await planned(sink, fakePlan("b", ["48113"], { minute: 5, fingerprint: "0".repeat(16) }));
    const refused = await landClaimed(shardNamed(other, "48113"), fakeRun(sink, { plan: other, rows: () => "x" }));
    assert.match(refused.outcome === "failed" ? refused.error.message : "", /belongs to the published run a/);
    const replaced = await landClaimed(
      shardNamed(other, "48113"),
      fakeRun(sink, { plan: other, rows: () => "x", replace: true }),
    );
    assert.equal(replaced.outcome, "landed");
  });

  it("looks again when a landing of another config began after its look, also when its run was announced again meanwhile", async () => {
    const store = openMemorySink();
    const plan = await landed(store, fakePlan("a", TWO));
    const other = await planned(store, fakePlan("b", ["48113"], { minute: 5, fingerprint: "0".repeat(16) }));
    const sink = gatedSink(store);
    let looks = 0;
    sink.before = async ({ operation, key }) => {
      // Between the look at the landings and the swap.
      if (operation !== "get" || !key.endsWith("current.json") || ++looks !== 2) return;
      const end = await landClaimed(shardNamed(other, "48113"), fakeRun(store, { plan: other, rows: () => "x" }));
      assert.equal(end.outcome, "landed");
      await announce(store, plan);
    };
    const refused = await publish(sink, plan);
    assert.equal(typeof refused === "object" && refused.move, "superseded");
    assert.equal(await currentRun(store), undefined);
  });

  it("keeps nobody out when its publisher died", async () => {
    const sink = openMemorySink();
    await announce(sink, await landed(sink, fakePlan("a", TWO)));
    const other = await landed(sink, fakePlan("b", TWO, { minute: 5, fingerprint: "0".repeat(16) }), "xyz");
    assert.equal(await publish(sink, other), "first");
  });

  it("lets its own config land again where another one was told to replace it", async () => {
    const sink = openMemorySink();
    await publish(sink, await landed(sink, fakePlan("a", TWO)));
    const other = await planned(sink, fakePlan("b", ["48113"], { minute: 5, fingerprint: "0".repeat(16) }));
    await landClaimed(shardNamed(other, "48113"), fakeRun(sink, { plan: other, rows: () => "x", replace: true }));
    assert.equal(await publish(sink, await landed(sink, fakePlan("c", TWO, { minute: 9 }), "abd")), "newer");
  });

  it("judges what readers lose by the very run that it replaces", async () => {
    const store = openMemorySink();
    const choice = await landed(store, fakePlan("choice", ["48113"], { minute: 5, selection: { geoid: ["48113"] } }));
    const nation = await landed(store, fakePlan("nation", TWO, { day: "2026-11-29" }), "abcd");
    const sink = gatedSink(store);
    let looks = 0;
    // The nation is published between the look at what readers see and the swap.
    sink.before = async ({ operation, key }) => {
      if (operation === "get" && key.endsWith("current.json") && ++looks === 3) await publish(store, nation);
    };
    const refused = await publish(sink, choice);
    assert.equal(typeof refused === "object" && refused.move, "narrower");
    assert.equal(await currentRun(store), "nation");
  });

  it("is announced to nobody while shards are missing, and the announcement of one that is refused is taken back", async () => {
    const sink = openMemorySink();
    const plan = await landed(sink, fakePlan("a", TWO), "abc", ["48201"]);
    await publish(sink, plan);
    assert.equal(await readCurrent(sink, "things"), null);
    await landed(sink, plan);
    await sink.delete(shardNamed(plan, "48113").key);
    await publish(sink, plan);
    assert.equal((await readCurrent(sink, "things"))!.next, null);
  });

  it("looks at everything anew when another publisher's announcement took the place of its own", async () => {
    const store = openMemorySink();
    const first = await landed(store, fakePlan("first", ["48113"]));
    const second = await landed(store, fakePlan("second", ["48201"], { minute: 5 }));
    const sink = gatedSink(store);
    let looks = 0;
    sink.before = async ({ operation, key }) => {
      // Between the announcement and the swap another run is announced, and one of another config lands.
      if (operation !== "get" || !key.endsWith("current.json") || ++looks !== 2) return;
      await announce(store, second);
      const other = await planned(store, fakePlan("other", ["48113"], { minute: 9, fingerprint: "0".repeat(16) }));
      const end = await landClaimed(shardNamed(other, "48113"), fakeRun(store, { plan: other, rows: () => "x" }));
      assert.equal(end.outcome, "landed");
    };
    const refused = await publish(sink, first);
    assert.equal(typeof refused === "object" && refused.move, "superseded");
    assert.equal(await currentRun(store), undefined);
  });
});
