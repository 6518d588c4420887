import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { claimKey, readLanding } from "../../src/ledger/claims.ts";
import { openLedger } from "../../src/ledger/ledger.ts";
import { createPlan } from "../../src/ledger/plan.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { landClaimed } from "../../src/run/land-claimed.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { failsWith } from "../support/fails-with.ts";
import { fakeActor, fakePlan, fakeRun, shardNamed } from "../support/fake-run.ts";
import { gate, gatedSink } from "../support/gated-sink.ts";
import { openBucket } from "../support/s3-place.ts";
import { onOperation } from "../support/s3-server/index.ts";
import { landThings } from "../support/things.ts";
import { DAY, found, gc, HOUR, keysOf, leaveOrphan, place } from "./helpers.ts";

const PLAN = fakePlan("2026-11-30-a", ["48113", "48201"]);
const DALLAS = shardNamed(PLAN, "48113");
const { object, run, planned_at, fingerprint } = PLAN;
const WANTED = { object, run, planned_at, fingerprint, shard: DALLAS.id, key: DALLAS.key };

async function begun(sink: Sink): Promise<void> {
  await openLedger(sink, object);
  await createPlan(sink, PLAN);
}

for (const kind of ["memory", "file"] as const) {
  describe(`gc of orphans in a ${kind} sink`, () => {
    it("only tells what it would delete, and why, when nobody says --delete", async (t) => {
      const { sink, config } = await place(t, kind);
      await landThings(sink, fakePlan("2026-11-30-z", ["48453"]));
      await createPlan(sink, PLAN);
      const key = await leaveOrphan(sink, PLAN, "48113");
      const report = await gc(sink, config, { delete: false });
      assert.deepEqual(found(report), [`orphan found ${key}`]);
      assert.equal(report.items[0]?.reason, "it was never committed: run 2026-11-30-a failed its shard");
      assert.deepEqual(report.totals.orphan, { found: 1, bytes: 16, deleted: 0, kept: 0, failed: 0 });
      assert.equal((await keysOf(sink)).length, 2);
    });

    it("deletes it when it is told to, and leaves what landed and how the attempt ended", async (t) => {
      const { sink, config } = await place(t, kind);
      await landThings(sink, fakePlan("2026-11-30-z", ["48453"]));
      await createPlan(sink, PLAN);
      const key = await leaveOrphan(sink, PLAN, "48113");
      const before = (await readLanding(sink, object, key))!.value;
      assert.deepEqual(found(await gc(sink, config)), [`orphan deleted ${key}`]);
      assert.deepEqual(await keysOf(sink), ["things/48453_2026-11-30.parquet"]);
      const after = (await readLanding(sink, object, key))!.value;
      assert.deepEqual({ ...after, seq: 0 }, { ...before, seq: 0 });
      assert.ok(after.seq > before.seq);
      assert.deepEqual(found(await gc(sink, config)), []);
    });

    it("deletes nothing of a landing that runs beside it, whatever the age of its object", async (t) => {
      const { sink, config } = await place(t, kind);
      await begun(sink);
      const worker = gatedSink(sink);
      const door = gate();
      worker.after = ({ operation }) => (operation === "publish" ? door.pass() : undefined);
      const landing = landClaimed(DALLAS, fakeRun(worker, { plan: PLAN, rows: () => "abc" }));
      await door.reached;
      assert.deepEqual(found(await gc(sink, config)), []);
      door.open();
      assert.equal((await landing).outcome, "landed");
      assert.deepEqual(found(await gc(sink, config)), []);
      assert.deepEqual(await keysOf(sink), [DALLAS.key]);
    });

    it("lists foreign objects apart, and deletes them only when it is told so", async (t) => {
      const { sink, config } = await place(t, kind);
      await landThings(sink, PLAN);
      await sink.put("things/README.md", Buffer.from("hands off"));
      await sink.put("other/48113_2026-11-30.parquet", Buffer.from("of another folder"));
      const report = await gc(sink, config);
      assert.deepEqual(found(report), ["foreign found things/README.md"]);
      assert.notEqual(await sink.head("things/README.md"), null);
      assert.deepEqual(found(await gc(sink, config, { foreign: true })), ["foreign deleted things/README.md"]);
      assert.equal(await sink.head("things/README.md"), null);
      assert.deepEqual(await keysOf(sink, "_pg_bronze/object=things/landings/README"), [], "the fence's own record goes too");
      assert.equal((await keysOf(sink)).length, 2);
      assert.notEqual(await sink.head("other/48113_2026-11-30.parquet"), null);
    });
  });
}

describe("gc of orphans", () => {
  it("leaves those that are younger than the limit, by the store's clock", async (t) => {
    const { sink, config, later } = await place(t);
    await begun(sink);
    const key = await leaveOrphan(sink, PLAN, "48113");
    later(23 * HOUR);
    assert.deepEqual(found(await gc(sink, config, { olderThanMs: DAY })), []);
    later(2 * HOUR);
    assert.deepEqual(found(await gc(sink, config, { olderThanMs: DAY })), [`orphan deleted ${key}`]);
  });

  it("keeps a zombie that wakes afterwards from committing what is gone", async (t) => {
    const { sink, config, later } = await place(t);
    await begun(sink);
    const zombie = gatedSink(sink);
    const door = gate();
    zombie.after = ({ operation }) => (operation === "publish" ? door.pass() : undefined);
    const landing = landClaimed(DALLAS, fakeRun(zombie, { plan: PLAN, rows: () => "abc" }));
    await door.reached;
    later(25 * HOUR);
    const report = await gc(sink, config, { olderThanMs: DAY });
    assert.deepEqual(found(report), [`orphan deleted ${DALLAS.key}`]);
    assert.equal(report.items[0]?.reason, "it was never committed: run 2026-11-30-a fell silent");
    door.open();
    const end = await landing;
    assert.equal(end.outcome === "failed" && end.error.code, "SINK_FAILED", "its object is gone");
    assert.equal((await readLanding(sink, object, DALLAS.key))!.value.manifest, null);
  });

  it("keeps a zombie from committing that wakes between the fence and the deletion", async (t) => {
    const { sink, config, later } = await place(t);
    await begun(sink);
    const zombie = gatedSink(sink);
    const door = gate();
    zombie.before = ({ operation, key }) =>
      operation === "put" && key.includes("/landings/") && zombie.made.some((made) => made.startsWith("tail"))
        ? door.pass()
        : undefined;
    const landing = landClaimed(DALLAS, fakeRun(zombie, { plan: PLAN, rows: () => "abc" }));
    await door.reached;
    later(25 * HOUR);
    const collector = gatedSink(sink);
    collector.before = async ({ operation, key }) => {
      if (operation !== "delete" || key !== DALLAS.key) return;
      door.open();
      const end = await landing;
      assert.equal(end.outcome === "failed" && end.error.code, "SINK_CONFLICT");
    };
    assert.deepEqual(found(await gc(collector, config, { olderThanMs: DAY })), [`orphan deleted ${DALLAS.key}`]);
    assert.deepEqual(await keysOf(sink), []);
    assert.equal((await readLanding(sink, object, DALLAS.key))!.value.manifest, null);
  });

  it("keeps an object whose key somebody claims in the moment before", async (t) => {
    const { sink, config } = await place(t);
    await begun(sink);
    const key = await leaveOrphan(sink, PLAN, "48113");
    const collector = gatedSink(sink);
    collector.before = async ({ operation }) => {
      if (operation !== "put") return;
      collector.before = () => {};
      assert.equal((await claimKey(sink, WANTED, fakeActor("quick"))).outcome, "claimed");
    };
    assert.deepEqual(found(await gc(collector, config)), [`orphan kept ${key}`]);
    assert.deepEqual(await keysOf(sink), [key]);
  });

  it("lets nobody land the key while it deletes", async (t) => {
    const { sink, config } = await place(t);
    await begun(sink);
    await leaveOrphan(sink, PLAN, "48113");
    const collector = gatedSink(sink);
    let outcome: string | null = null;
    collector.before = async ({ operation }) => {
      if (operation === "delete") outcome = (await claimKey(sink, WANTED, fakeActor("other"))).outcome;
    };
    await gc(collector, config);
    assert.equal(outcome, "held");
    assert.equal((await claimKey(sink, WANTED, fakeActor("other"))).outcome, "claimed");
  });

  it("goes on after a deletion that failed, and leaves its key fenced as long as the request may still arrive", async (t) => {
    const { sink, config, later } = await place(t);
    await begun(sink);
    const [dallas, harris] = [await leaveOrphan(sink, PLAN, "48113"), await leaveOrphan(sink, PLAN, "48201")];
    const collector = gatedSink(sink);
    collector.before = ({ operation, key }) => {
      if (operation === "delete" && key === dallas) throw new BronzeError("SINK_FAILED", "no answer");
    };
    const report = await gc(collector, config);
    assert.deepEqual(found(report), [`orphan failed ${dallas}`, `orphan deleted ${harris}`]);
    assert.deepEqual(report.items[0]?.error, { code: "SINK_FAILED", message: "no answer" });
    later(16 * 60_000);
    assert.equal((await claimKey(sink, WANTED, fakeActor("other"))).outcome, "held");
    later(10 * 60_000);
    assert.equal((await claimKey(sink, WANTED, fakeActor("other"))).outcome, "claimed");
  });

  it("leaves what another object has landed in the same folder", async (t) => {
    const { sink, config } = await place(t);
    await begun(sink);
    const other = { ...fakePlan("2026-11-30-b", ["48113"]), object: "stuff" };
    await landThings(sink, other);
    assert.deepEqual(found(await gc(sink, config)), []);
    assert.deepEqual(await keysOf(sink), [DALLAS.key]);
  });

  it("keeps an object whose key has no record: it may be one of several files of a shard, and no fence of its key keeps a landing off", async (t) => {
    const { sink, config, later } = await place(t);
    await begun(sink);
    await sink.put("things/48453_2026-11-30.parquet", Buffer.from("one of several"));
    const claimed = await claimKey(sink, WANTED, fakeActor("worker"));
    const kept = await gc(sink, config);
    assert.deepEqual(found(kept), ["orphan kept things/48453_2026-11-30.parquet"]);
    assert.match(kept.items[0]?.reason ?? "", /^no landing record names it; /);
    if (claimed.outcome === "claimed") await claimed.claim.release();
    later(1000);
    assert.deepEqual(found(await gc(sink, config)), ["orphan kept things/48453_2026-11-30.parquet"]);
  });

  it("takes objects that are older than the ledger for foreign: another ledger may vouch for them", async (t) => {
    const { sink, config, later } = await place(t);
    await sink.put(DALLAS.key, Buffer.from("of a ledger that was moved away"));
    later(DAY);
    await begun(sink);
    const report = await gc(sink, config);
    assert.deepEqual(found(report), [`foreign found ${DALLAS.key}`]);
    assert.equal(report.items[0]?.reason, "it is older than this ledger");
  });

  it("refuses where there is no ledger, and where a record can't be read, since it may name any object", async (t) => {
    const { sink, config } = await place(t);
    await sink.put(DALLAS.key, Buffer.from("data"));
    await assert.rejects(
      gc(sink, config),
      failsWith("USAGE", ({ message }) => assert.match(message, /^things has no ledger in memory:/)),
    );
    await begun(sink);
    await sink.put("_pg_bronze/object=things/landings/x-0123456789abcdef.json", Buffer.from("{"));
    await assert.rejects(gc(sink, config), failsWith("LEDGER_CORRUPT"));
    assert.deepEqual(await keysOf(sink), [DALLAS.key]);
  });
});

describe("gc of orphans in S3", () => {
  it("knows a foreign object by its lack of a token, also under a key of the template", async (t) => {
    const { config } = await place(t);
    const s3 = await openBucket();
    t.after(() => s3.close());
    await begun(s3.sink);
    const key = await leaveOrphan(s3.sink, PLAN, "48113");
    await s3.sink.put("things/1_2026-11-30.parquet", Buffer.from("of another tool"));
    const { objects } = s3.server.bucket("bronze");
    const [stored, object] = [...objects].find(([name]) => name.endsWith("things/1_2026-11-30.parquet"))!;
    objects.set(stored, { ...object, headers: {} });
    const report = await gc(s3.sink, config, { olderThanMs: -HOUR });
    assert.deepEqual(found(report), ["foreign found things/1_2026-11-30.parquet", `orphan deleted ${key}`]);
  });

  it("keeps a key fenced when its deletion was repeated: the first request may arrive when the same bytes have landed again", async (t) => {
    const { config } = await place(t);
    const s3 = await openBucket();
    t.after(() => s3.close());
    await begun(s3.sink);
    const key = await leaveOrphan(s3.sink, PLAN, "48113");
    const door = gate();
    s3.server.faults.add({ fault: { kind: "late", until: door.pass() }, when: onOperation("DeleteObject"), times: 1 });
    assert.deepEqual(found(await gc(s3.sink, config, { olderThanMs: -HOUR })), [`orphan deleted ${key}`]);
    assert.equal((await claimKey(s3.sink, WANTED, fakeActor("other"))).outcome, "held");
    door.open();
  });
});
