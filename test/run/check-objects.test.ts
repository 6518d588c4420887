import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runStatus } from "../../src/ledger/status.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { checkObjects, type ObjectCheck } from "../../src/run/check-objects.ts";
import { landClaimed } from "../../src/run/land-claimed.ts";
import { openFileSink } from "../../src/sink/file/sink.ts";
import { openMemorySink } from "../../src/sink/memory.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { run } from "../support/command-line.ts";
import { fakePlan, fakeRun, shardNamed } from "../support/fake-run.ts";
import { gate, gatedSink } from "../support/gated-sink.ts";
import { temporarySink } from "../support/ledger-samples.ts";
import { landThings, writeThingsConfig } from "../support/things.ts";

const PLAN = fakePlan("2026-11-30-a", ["48113", "48201", "48453"]);
const [DALLAS, HARRIS, TRAVIS] = PLAN.shards.map(({ key }) => key) as [string, string, string];

async function check(sink: Sink, plan = PLAN): Promise<ObjectCheck> {
  const { shards } = (await runStatus(sink, plan.object, plan.run))!;
  return checkObjects(sink, plan.object, shards);
}

for (const kind of ["memory", "file"] as const) {
  describe(`checking a run's objects, in a ${kind} sink`, () => {
    it("finds nothing where each object is what its manifest says", async (t) => {
      const sink = kind === "memory" ? openMemorySink() : await temporarySink(t);
      await landThings(sink, PLAN);
      assert.deepEqual(await check(sink), { checked: 3, findings: [] });
    });

    it("finds an object that was deleted, and one that was written anew", async (t) => {
      const sink = kind === "memory" ? openMemorySink() : await temporarySink(t);
      await landThings(sink, PLAN);
      await sink.delete(DALLAS);
      await sink.put(TRAVIS, Buffer.from("something else"));
      assert.deepEqual(await check(sink), {
        checked: 3,
        findings: [
          { shard: "48113", key: DALLAS, how: "is missing", replaced_by: null },
          { shard: "48453", key: TRAVIS, how: "has 14 bytes, not 15", replaced_by: null },
        ],
      });
    });

    it("knows an object that a landing has put there and is about to commit by its token", async (t) => {
      const store = kind === "memory" ? openMemorySink() : await temporarySink(t);
      await landThings(store, PLAN);
      const later = fakePlan("2026-11-30-b", ["48201"], { minute: 5 });
      const sink = gatedSink(store);
      const door = gate();
      sink.after = ({ operation }) => (operation === "publish" ? door.pass() : undefined);
      const landing = landClaimed(shardNamed(later, "48201"), fakeRun(sink, { plan: later, rows: () => "xyz!" }));
      await door.reached;
      const { findings } = await check(store);
      const how = "is being replaced by run 2026-11-30-b";
      assert.deepEqual(findings, [{ shard: "48201", key: HARRIS, how, replaced_by: later.run }]);
      door.open();
      assert.equal((await landing).outcome, "landed");
      assert.deepEqual(await check(store), { checked: 3, findings: [] });
    });

    it("vouches for no object of a landing that failed after it was visible: its bytes may be others than were sent", async (t) => {
      const store = kind === "memory" ? openMemorySink() : await temporarySink(t);
      await landThings(store, PLAN);
      const later = fakePlan("2026-11-30-b", ["48201"], { minute: 5 });
      const sink = gatedSink(store);
      sink.after = ({ operation }) => {
        if (operation === "publish") throw new BronzeError("SINK_CHECKSUM", "the store holds other bytes");
      };
      const failed = await landClaimed(shardNamed(later, "48201"), fakeRun(sink, { plan: later, rows: () => "xyz!" }));
      assert.equal(failed.outcome, "failed");
      const how = "was replaced by run 2026-11-30-b, whose landing never ended";
      assert.deepEqual((await check(store)).findings, [{ shard: "48201", key: HARRIS, how, replaced_by: null }]);
      const again = await landClaimed(shardNamed(later, "48201"), fakeRun(store, { plan: later, rows: () => "xyz!" }));
      assert.equal(again.outcome, "landed");
      assert.deepEqual(await check(store), { checked: 3, findings: [] });
    });

    it("vouches for none of a landing that fell silent, once its lease is over", async (t) => {
      let ahead = 0;
      const now = () => new Date(Date.now() + ahead);
      const inner = kind === "memory" ? openMemorySink() : await temporarySink(t);
      const store: Sink = { ...inner, now: async () => now() };
      await landThings(store, PLAN);
      const later = fakePlan("2026-11-30-b", ["48201"], { minute: 5 });
      const sink = gatedSink(store);
      const door = gate();
      sink.after = ({ operation }) => (operation === "publish" ? door.pass() : undefined);
      const landing = landClaimed(shardNamed(later, "48201"), fakeRun(sink, { plan: later, rows: () => "xyz!" }));
      await door.reached;
      ahead = 3_600_000;
      assert.deepEqual(
        (await check(store)).findings.map(({ replaced_by }) => replaced_by),
        [null],
      );
      door.open();
      await landing;
    });
  });
}

describe("checking a run's objects", () => {
  it("looks again where a landing comes between the records and the objects", async () => {
    const store = openMemorySink();
    await landThings(store, PLAN);
    const { shards } = (await runStatus(store, PLAN.object, PLAN.run))!;
    await landThings(store, fakePlan("2026-11-30-b", ["48201"], { minute: 5 }), "xyz!");
    assert.deepEqual(await checkObjects(store, PLAN.object, shards), { checked: 3, findings: [] });
  });
});

describe("pg-bronze status --check", () => {
  let folder: string;
  let status: (...args: string[]) => ReturnType<typeof run>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "check-"));
    const config = await writeThingsConfig(folder);
    const bronze = join(folder, "bronze");
    await mkdir(bronze);
    await landThings(openFileSink(bronze), PLAN);
    status = (...args) =>
      run(["status", "--config", config, "--sink", `file://${bronze}`, ...args], { bin: "pg-bronze", cwd: folder });
  });
  after(() => rm(folder, { recursive: true }));

  it("says how many objects it compared, and ends with 0 when all are there", async () => {
    const { code, stdout, stderr } = await status("--check");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^checked 3 objects: each is what its manifest says$/m);
  });

  it("ends with 1 and names the object that is missing and the one that changed, which status alone doesn't see", async () => {
    await unlink(join(folder, "bronze", DALLAS));
    await writeFile(join(folder, "bronze", TRAVIS), "rewritten");
    assert.equal((await status()).code, 0);
    const { code, stdout } = await status("--check");
    assert.equal(code, 1);
    assert.match(stdout, /^48113: things\/48113_2026-11-30\.parquet is missing$/m);
    assert.match(stdout, /^48453: things\/48453_2026-11-30\.parquet has 9 bytes, not 15$/m);
    assert.match(stdout, /^checked 3 objects: 2 not what their manifests say$/m);
    const json = JSON.parse((await status("--check", "--json")).stdout) as Record<string, unknown>;
    assert.deepEqual([json["exit_code"], json["checked"], (json["objects"] as unknown[]).length], [1, 3, 2]);
  });
});
