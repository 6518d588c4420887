import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { GcReport } from "../../src/gc/report.ts";
import { createPlan } from "../../src/ledger/plan.ts";
import { finishRun } from "../../src/run/finish.ts";
import { openFileSink } from "../../src/sink/file/sink.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { run } from "../support/command-line.ts";
import { fakePlan } from "../support/fake-run.ts";
import { landThings, writeThingsConfig } from "../support/things.ts";
import { found, keysOf, leaveOrphan } from "./helpers.ts";

describe("pg-bronze gc", () => {
  let folder: string;
  let sink: Sink;
  let gc: (...args: string[]) => ReturnType<typeof run>;
  const published = fakePlan("2020-01-01-a", ["48113"], { day: "2020-01-01" });
  const old = fakePlan("2020-02-01-b", ["48113", "48201"], { day: "2020-02-01" });
  const latest = fakePlan("2020-03-01-c", ["48113"], { day: "2020-03-01" });
  const orphan = "things/48201_2020-02-01.parquet";
  const oldRun = "_pg_bronze/object=things/run=2020-02-01-b/";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "gc-command-"));
    const config = await writeThingsConfig(folder);
    sink = openFileSink(join(folder, "bronze"));
    for (const plan of [published, latest]) await landThings(sink, plan);
    await finishRun(sink, published, { allowPartial: true, allowShrink: true, maxShrink: 1 });
    await createPlan(sink, old);
    await leaveOrphan(sink, old, "48201");
    await writeFile(join(folder, "bronze", "things", "notes.txt"), "mine");
    gc = (...args) => run(["gc", "--config", config, "--sink", sink.url, ...args], { bin: "pg-bronze", cwd: folder });
  });
  after(() => rm(folder, { recursive: true }));

  it("prints what it would delete, how much and why, and deletes nothing; what is of today isn't even found", async () => {
    const all = await keysOf(sink, "");
    const today = await gc();
    assert.deepEqual([today.code, today.stdout], [0, "nothing to delete\n"], today.stderr);
    const { code, stdout } = await gc("--older-than", "0h", "--keep-runs", "1");
    assert.equal(code, 0);
    assert.match(stdout, /^Objects that no manifest names: 1 object, 16 B$/m);
    assert.match(stdout, /^found +16 B +things\/48201_2020-02-01\.parquet +it was never committed: run 2020-02-01-b failed/m);
    assert.match(stdout, /^Objects that no landing here wrote \(--foreign deletes them too\): 1 object, 4 B$/m);
    assert.match(stdout, /^found +[\d.]+ kB +_pg_bronze\/object=things\/run=2020-02-01-b\/ +planned 2020-02-01, not published/m);
    assert.match(stdout, /^Nothing was deleted\. Delete it with: pg-bronze gc --delete$/m);
    assert.deepEqual(await keysOf(sink, ""), all);
  });

  it("deletes it with --delete, and tells machines the same as people", async () => {
    const { code, stdout } = await gc("--older-than", "0h", "--keep-runs", "1", "--delete", "--json");
    assert.equal(code, 0);
    const report = JSON.parse(stdout) as GcReport & Record<string, unknown>;
    assert.deepEqual([report["command"], report["exit_code"], report["dry_run"]], ["gc", 0, false]);
    assert.deepEqual(found(report), [`orphan deleted ${orphan}`, "foreign found things/notes.txt", `run deleted ${oldRun}`]);
    assert.deepEqual(report.totals.orphan, { found: 1, bytes: 16, deleted: 1, kept: 0, failed: 0 });
    assert.deepEqual(await keysOf(sink), [
      "things/48113_2020-01-01.parquet",
      "things/48113_2020-03-01.parquet",
      "things/notes.txt",
    ]);
    assert.deepEqual(await keysOf(sink, oldRun), []);
  });

  it("ends with 2 where there is no ledger, or a time is no time", async () => {
    const nowhere = await gc("--sink", `file://${folder}/nowhere`, "--delete");
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /^error: things has no ledger in file:/m);
    const odd = await gc("--older-than", "yesterday");
    assert.equal(odd.code, 2);
    assert.match(odd.stderr, /--older-than: "yesterday" is not a time such as 90m, 24h or 7d/);
  });
});
