import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { openLedger, registerPlan } from "../../src/ledger/ledger.ts";
import { planKey } from "../../src/ledger/paths.ts";
import { createPlan, readPlan, shardsOf } from "../../src/ledger/plan.ts";
import { hasAllReceipts, landedShards, readReceipts, receiptOf, writeReceipt } from "../../src/ledger/receipts.ts";
import { digest, type RunIdentity, runId } from "../../src/ledger/run-id.ts";
import { latestRun, listObjects, listRuns } from "../../src/ledger/runs.ts";
import { type RunSummary, readSummary, writeSummary } from "../../src/ledger/summary.ts";
import { BronzeError, type ErrorCode } from "../../src/model/errors.ts";
import { parseRunId, parseShardId, parseSnapshotDate } from "../../src/model/ids.ts";
import { openMemorySink } from "../../src/sink/memory.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { failsWith } from "../support/fails-with.ts";
import { encode, manifest, OBJECT, plan, RUN, shard, temporarySink } from "../support/ledger-samples.ts";

describe("a run's id", () => {
  const identity: RunIdentity = {
    object: OBJECT,
    snapshotDt: parseSnapshotDate("2026-11-30"),
    selection: { geoid: ["48113", "48453"], admin1: ["tx"] },
    sinceRefresh: false,
    sinkUrl: "s3://bronze",
    configDigest: digest({ a: 1 }),
  };

  it("is the snapshot's date and ten hex digits", () => {
    assert.match(runId(identity), /^2026-11-30-[0-9a-f]{10}$/);
  });

  it("never changes between versions of the tool", () => {
    assert.equal(
      digest({ b: [1, "é", null, undefined], a: { d: undefined, c: true } }),
      digest({ a: { c: true }, b: [1, "é", null, null] }),
    );
    assert.equal(digest({ a: 1 }), "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862");
    assert.equal(runId(identity), "2026-11-30-5b3d907c4f");
  });

  it("is the same for the same request, however it was written", () => {
    const selection = { admin1: ["tx"], geoid: ["48113", "48453"] };
    assert.equal(runId({ ...identity, selection, sinkUrl: "s3://bronze/" }), runId(identity));
  });

  it("is another for anything else", () => {
    const others: Partial<RunIdentity>[] = [
      { object: "verse" },
      { snapshotDt: parseSnapshotDate("2026-12-01") },
      { selection: { geoid: ["48113", "48453"] } },
      { selection: { geoid: ["48453"], admin1: ["tx"], table: ["48113"] } },
      { selection: {} },
      { sinceRefresh: true },
      { sinkUrl: "s3://bronze/x" },
      { configDigest: digest({ a: 2 }) },
    ];
    assert.equal(new Set([identity, ...others.map((other) => ({ ...identity, ...other }))].map(runId)).size, others.length + 1);
  });

  it("comes from a digest that doesn't see the order of keys, and sees everything else", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        assert.equal(digest(Object.fromEntries(Object.entries(value).reverse())), digest(value));
        assert.notEqual(digest([value]), digest(value));
      }),
    );
  });
});

describe("a plan", () => {
  it("gives back the shards it was made of", async (t) => {
    const sink = await temporarySink(t);
    const { created } = await createPlan(sink, plan);
    assert.equal(created, true);
    const read = await readPlan(sink, OBJECT, RUN);
    assert.deepEqual(read, plan);
    assert.deepEqual(shardsOf(read!), [shard]);
  });

  it("is written once: whoever comes later gets the one that holds", async (t) => {
    const sink = await temporarySink(t);
    const tries = await Promise.all(Array.from({ length: 6 }, (_, i) => createPlan(sink, { ...plan, tool: `tool ${i}` })));
    assert.equal(tries.filter(({ created }) => created).length, 1);
    assert.equal(new Set(tries.map((one) => one.plan.tool)).size, 1);
  });

  it("is null when there is none", async (t) => {
    assert.equal(await readPlan(await temporarySink(t), OBJECT, RUN), null);
  });
});

describe("a document that isn't right", () => {
  const cases: [string, unknown, ErrorCode][] = [
    ["not JSON", "{", "LEDGER_CORRUPT"],
    ["no object", "null", "LEDGER_CORRUPT"],
    ["without a version", { ...plan, version: undefined }, "LEDGER_CORRUPT"],
    ["with a run that can't be one", { ...plan, run: "../x" }, "LEDGER_CORRUPT"],
    ["with a shard that can't be one", { ...plan, shards: [{ ...plan.shards[0], id: "a/b" }] }, "LEDGER_CORRUPT"],
    ["with a day that doesn't exist", { ...plan, snapshot_dt: "2026-02-30" }, "LEDGER_CORRUPT"],
    ["of a newer version", { ...plan, version: 3, whatever: true }, "LEDGER_VERSION"],
    ["of the version before", { ...plan, version: 1, created_at: plan.planned_at }, "LEDGER_VERSION"],
  ];
  for (const [name, body, code] of cases) {
    it(`is ${code}: ${name}`, async (t) => {
      const sink = await temporarySink(t);
      await sink.put(planKey(OBJECT, RUN), encode(body));
      await assert.rejects(
        readPlan(sink, OBJECT, RUN),
        failsWith(code, (failure) => {
          assert.match(failure.message, /plan\.json/);
          assert.ok(failure.hint);
        }),
      );
    });
  }

  it("isn't written", async (t) => {
    const sink = await temporarySink(t);
    await assert.rejects(writeReceipt(sink, { ...receiptOf(manifest, shard.key), rows: -1 }));
    assert.deepEqual(await readReceipts(sink, OBJECT, RUN), []);
  });

  it("asks for a newer tool where a newer one wrote, and for another place where an older one did", async (t) => {
    const sink = await temporarySink(t);
    const hintOf = async (version: number): Promise<string> => {
      await sink.put(planKey(OBJECT, RUN), encode({ ...plan, version }));
      const error = (await readPlan(sink, OBJECT, RUN).catch((failure) => failure)) as { message: string; hint: string };
      return `${error.message}: ${error.hint}`;
    };
    assert.match(await hintOf(3), /ledger version 3; this pg-bronze reads version 2: Use a newer pg-bronze/);
    assert.match(await hintOf(1), /ledger version 1; .*: An older pg-bronze wrote this ledger.*another prefix/);
  });
});

describe("a document with keys that this version doesn't know", () => {
  it("is read without them", async (t) => {
    const sink = await temporarySink(t);
    const shards = plan.shards.map((one) => ({ ...one, colour: "blue" }));
    await sink.put(planKey(OBJECT, RUN), encode({ ...plan, shards, extra: { a: 1 } }));
    assert.deepEqual(await readPlan(sink, OBJECT, RUN), plan);
  });

  it("is written without them", async (t) => {
    const sink = await temporarySink(t);
    await createPlan(sink, { ...plan, extra: 1 } as typeof plan);
    const written = JSON.parse(new TextDecoder().decode((await sink.read(planKey(OBJECT, RUN)))!)) as object;
    assert.equal("extra" in written, false);
  });
});

describe("a ledger", () => {
  it("is made by the first who plans, and known by the others", async (t) => {
    const sink = await temporarySink(t);
    await Promise.all(Array.from({ length: 5 }, () => openLedger(sink, OBJECT)));
    await openLedger(sink, OBJECT);
    assert.notEqual(await sink.head(`_pg_bronze/object=${OBJECT}/ledger.json`), null);
  });

  it("is not taken for one of version 1 when another planner makes it between two looks", async () => {
    const store = openMemorySink();
    const sink: Sink = {
      ...store,
      list: async function* (prefix) {
        await openLedger(store, OBJECT);
        yield* store.list(prefix);
      },
    };
    await openLedger(sink, OBJECT);
  });

  it("is there, or was not made: a write that S3 refuses because of another one, which fails, proves nothing", async () => {
    const store = openMemorySink();
    const raced: Sink = { ...store, put: () => Promise.reject(new BronzeError("SINK_CONFLICT", "409", { retryable: true })) };
    await assert.rejects(
      openLedger(raced, OBJECT),
      failsWith("SINK_CONFLICT", ({ retryable }) => assert.ok(retryable)),
    );
  });

  it("gives each plan a later time than the one before, in whatever second", async (t) => {
    const sink = await temporarySink(t);
    const now = new Date("2026-11-30T06:00:00.000Z");
    const second: Sink = { ...sink, now: async () => now };
    const plans = await Promise.all(Array.from({ length: 5 }, () => registerPlan(second, OBJECT, null)));
    assert.deepEqual(plans.map(({ plannedAt }) => plannedAt.getTime() - now.getTime()).sort(), [0, 1, 2, 3, 4]);
  });

  it("of version 1 is refused with one clear line", async (t) => {
    const sink = await temporarySink(t);
    await sink.put(`_pg_bronze/object=${OBJECT}/run=2026-11-29-0123456789/shards/48453.json`, encode({ version: 1 }));
    await assert.rejects(
      openLedger(sink, OBJECT),
      failsWith("LEDGER_VERSION", ({ message }) => assert.match(message, /version 1/)),
    );
  });

  it("is not made in a store that ignores conditions (C15)", async () => {
    const store = openMemorySink();
    const deaf: Sink = { ...store, put: (key, body, { condition: _, ...options } = {}) => store.put(key, body, options) };
    await assert.rejects(
      openLedger(deaf, OBJECT),
      failsWith("SINK_INVALID", ({ message }) => assert.match(message, /ignores the conditions/)),
    );
    const half: Sink = {
      ...store,
      put: (key, body, options = {}) => store.put(key, body, options.condition === "absent" ? {} : options),
    };
    await store.delete(`_pg_bronze/object=${OBJECT}/ledger.json`);
    await assert.rejects(openLedger(half, OBJECT), failsWith("SINK_INVALID"));
  });
});

describe("receipts", () => {
  it("say which shards a run landed, by a listing alone", async (t) => {
    const sink = await temporarySink(t);
    const shards = ["48113", "48201", "48453"].map((id) => ({ ...plan.shards[0]!, id: parseShardId(id) }));
    const run = { ...plan, shards, rejected: [] };
    for (const { id } of shards.slice(1)) await writeReceipt(sink, receiptOf({ ...manifest, shard: id }, shard.key));
    assert.deepEqual([...(await landedShards(sink, OBJECT, RUN))], ["48201", "48453"]);
    assert.equal(await hasAllReceipts(sink, run), false);
    await writeReceipt(sink, receiptOf({ ...manifest, shard: shards[0]!.id }, shard.key));
    assert.equal(await hasAllReceipts(sink, run), true);
    assert.equal(await hasAllReceipts(sink, { ...run, rejected: plan.rejected }), false);
  });

  it("are read with their figures, and a damaged one stands in its place", async (t) => {
    const sink = await temporarySink(t);
    await writeReceipt(sink, receiptOf(manifest, shard.key));
    await sink.put(`_pg_bronze/object=${OBJECT}/run=${RUN}/landed/x.json`, encode("{"));
    const [first, second] = await readReceipts(sink, OBJECT, RUN);
    assert.equal(first !== undefined && "value" in first && first.value.rows, 3);
    assert.equal(second !== undefined && "damage" in second && second.damage.code, "LEDGER_CORRUPT");
  });
});

describe("runs", () => {
  it("are listed newest snapshot first, whatever else lies there", async (t) => {
    const sink = await temporarySink(t);
    assert.deepEqual(await listRuns(sink, OBJECT), []);
    assert.equal(await latestRun(sink, OBJECT), null);
    const runs = [
      ["2026-11-29-aaaaaaaaaa", "2026-11-29T00:00:00.000Z"],
      ["2026-11-30-bbbbbbbbbb", "2026-11-30T05:00:00.000Z"],
      ["2026-11-30-cccccccccc", "2026-11-30T01:00:00.000Z"],
    ] as const;
    for (const [run, planned_at] of runs) await createPlan(sink, { ...plan, run: parseRunId(run), planned_at });
    await sink.put(`_pg_bronze/object=${OBJECT}/current.json`, encode("{}"));
    await sink.put(`_pg_bronze/object=${OBJECT}/notes/x`, encode("{}"));
    await sink.put("_pg_bronze/object=verse/run=r/plan.json", encode("{}"));
    assert.deepEqual(await listRuns(sink, OBJECT), ["2026-11-30-cccccccccc", "2026-11-30-bbbbbbbbbb", "2026-11-29-aaaaaaaaaa"]);
    assert.equal(await latestRun(sink, OBJECT), "2026-11-30-bbbbbbbbbb");
    assert.deepEqual(await listObjects(sink), ["parcel", "verse"]);
  });
});

describe("the latest run", () => {
  const NAMED: [string, string, string][] = [
    // run, snapshot, planned at
    ["2026-11-29-aaaaaaaaaa", "2026-11-29", "2026-12-24T00:00:00.000Z"],
    ["zz-by-hand", "2026-11-28", "2026-12-25T00:00:00.000Z"],
    ["2026-11-30-aaaaaaaaaa", "2026-11-30", "2026-11-30T09:00:00.000Z"],
    ["2026-11-30-bbbbbbbbbb", "2026-11-30", "2026-11-30T01:00:00.000Z"],
    ["by-hand", "2026-11-30", "2026-11-30T10:00:00.000Z"],
  ];

  async function planNamed(sink: Sink): Promise<void> {
    for (const [run, day, planned_at] of NAMED) {
      await createPlan(sink, { ...plan, run: parseRunId(run), snapshot_dt: parseSnapshotDate(day), planned_at });
    }
  }

  it("is of the newest snapshot, and of several the one planned last, whatever it is called", async (t) => {
    const sink = await temporarySink(t);
    await planNamed(sink);
    assert.equal(await latestRun(sink, OBJECT), "by-hand");
  });

  it("reads no plans of older snapshots", async (t) => {
    const sink = await temporarySink(t);
    await planNamed(sink);
    const read: string[] = [];
    const watched: Sink = {
      ...sink,
      get: (key) => {
        read.push(key);
        return sink.get(key);
      },
    };
    await latestRun(watched, OBJECT);
    assert.ok(!read.some((key) => key.includes("2026-11-29-")), read.join());
  });
});

describe("a summary", () => {
  it("is read back as written, and written anew", async (t) => {
    const sink = await temporarySink(t);
    const summary: RunSummary = {
      version: 2,
      object: OBJECT,
      run: RUN,
      snapshot_dt: "2026-11-30",
      sink: "s3://bronze",
      started_at: "2026-11-30T00:00:00.000Z",
      finished_at: "2026-11-30T00:01:00.000Z",
      planned: 2,
      landed: 1,
      failed: 1,
      superseded: 0,
      missing: 0,
      rows: 3,
      bytes: 10,
      failures: [{ shard: "48113", error: { code: "TABLE_MISSING", message: "no table", hint: null, retryable: false } }],
      tool: "pg-bronze 0.1.0",
    };
    assert.equal(await readSummary(sink, OBJECT, RUN), null);
    await writeSummary(sink, summary);
    await writeSummary(sink, { ...summary, landed: 2, failed: 0, failures: [] });
    assert.equal((await readSummary(sink, OBJECT, RUN))?.landed, 2);
  });
});
