import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { planKey } from "../../src/ledger/paths.ts";
import { createPlan, readPlan, shardsOf } from "../../src/ledger/plan.ts";
import { digest, type RunIdentity, runId } from "../../src/ledger/run-id.ts";
import { latestRun, listObjects, listRuns } from "../../src/ledger/runs.ts";
import { readManifest, readManifests, writeManifest } from "../../src/ledger/shards.ts";
import { type RunSummary, readSummary, writeSummary } from "../../src/ledger/summary.ts";
import type { ErrorCode } from "../../src/model/errors.ts";
import { parseSnapshotDate } from "../../src/model/ids.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { failsWith } from "../support/fails-with.ts";
import { encode, manifest, OBJECT, plan, RUN, shard, TRAVIS, temporarySink } from "../support/ledger-samples.ts";

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
    ["with a key too many", { ...plan, extra: 1 }, "LEDGER_CORRUPT"],
    ["with a run that can't be one", { ...plan, run: "../x" }, "LEDGER_CORRUPT"],
    ["with a shard that can't be one", { ...plan, shards: [{ ...plan.shards[0], id: "a/b" }] }, "LEDGER_CORRUPT"],
    ["with a day that doesn't exist", { ...plan, snapshot_dt: "2026-02-30" }, "LEDGER_CORRUPT"],
    ["of a newer version", { ...plan, version: 2, whatever: true }, "LEDGER_VERSION"],
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
    await assert.rejects(writeManifest(sink, { ...manifest, rows: -1 }, null));
    assert.equal(await readManifest(sink, OBJECT, RUN, TRAVIS), null);
  });
});

describe("manifests", () => {
  it("are replaced only by who knows the one before", async (t) => {
    const sink = await temporarySink(t);
    const first = await writeManifest(sink, manifest, null);
    await assert.rejects(writeManifest(sink, manifest, null), failsWith("SINK_CONFLICT"));
    const read = await readManifest(sink, OBJECT, RUN, TRAVIS);
    assert.deepEqual(read, { value: manifest, etag: first });
    await writeManifest(sink, { ...manifest, attempts: 2 }, first);
    await assert.rejects(writeManifest(sink, { ...manifest, attempts: 3 }, first), failsWith("SINK_CONFLICT"));
    assert.equal((await readManifest(sink, OBJECT, RUN, TRAVIS))?.value.attempts, 2);
  });

  it("are read all, in order, only so many at once", async (t) => {
    const sink = await temporarySink(t);
    const ids = Array.from({ length: 60 }, (_, i) => String(48000 + i));
    for (const id of [...ids].reverse()) await writeManifest(sink, { ...manifest, shard: id }, null);
    let reading = 0;
    let most = 0;
    const watched: Sink = {
      ...sink,
      read: async (key, range) => {
        most = Math.max(most, ++reading);
        const bytes = await sink.read(key, range);
        reading--;
        return bytes;
      },
    };
    assert.deepEqual(
      (await readManifests(watched, OBJECT, RUN, 8)).map((one) => one.shard),
      ids,
    );
    assert.ok(most <= 8 && most > 1, `${most} at once`);
  });

  it("are refused all when one is broken", async (t) => {
    const sink = await temporarySink(t);
    for (const id of ["a", "b", "c"]) await writeManifest(sink, { ...manifest, shard: id }, null);
    await sink.put(`_pg_bronze/object=${OBJECT}/run=${RUN}/shards/b.json`, encode("{"));
    await assert.rejects(readManifests(sink, OBJECT, RUN), failsWith("LEDGER_CORRUPT"));
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
    for (const [run, created_at] of runs) await createPlan(sink, { ...plan, run, created_at });
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

  it("is of the newest snapshot, and of several the one planned last, whatever it is called", async (t) => {
    const sink = await temporarySink(t);
    for (const [run, snapshot_dt, created_at] of NAMED) await createPlan(sink, { ...plan, run, snapshot_dt, created_at });
    assert.equal(await latestRun(sink, OBJECT), "by-hand");
  });

  it("is a planned one, unless runs that landed something are asked for", async (t) => {
    const sink = await temporarySink(t);
    for (const [run, snapshot_dt, created_at] of NAMED) await createPlan(sink, { ...plan, run, snapshot_dt, created_at });
    const extracted = "2026-12-01-0123456789";
    await writeManifest(sink, { ...manifest, run: extracted, snapshot_dt: "2026-12-01" }, null);
    assert.equal(await latestRun(sink, OBJECT), "by-hand");
    const landed = new Map([extracted, "2026-11-29-aaaaaaaaaa", "zz-by-hand"].map((run) => [run, new Date()]));
    assert.equal(await latestRun(sink, OBJECT, landed), extracted);
    landed.delete(extracted);
    assert.equal(await latestRun(sink, OBJECT, landed), "2026-11-29-aaaaaaaaaa");
  });

  it("reads no plans of older snapshots", async (t) => {
    const sink = await temporarySink(t);
    for (const [run, snapshot_dt, created_at] of NAMED) await createPlan(sink, { ...plan, run, snapshot_dt, created_at });
    const read: string[] = [];
    const watched: Sink = {
      ...sink,
      read: (key, range) => {
        read.push(key);
        return sink.read(key, range);
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
      version: 1,
      object: OBJECT,
      run: RUN,
      snapshot_dt: "2026-11-30",
      sink: "s3://bronze",
      started_at: "2026-11-30T00:00:00.000Z",
      finished_at: "2026-11-30T00:01:00.000Z",
      planned: 2,
      landed: 1,
      failed: 1,
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
