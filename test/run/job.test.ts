import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import type { Landing } from "../../src/ledger/landing.ts";
import { landingKey } from "../../src/ledger/paths.ts";
import type { RunPlan } from "../../src/ledger/plan.ts";
import { outcomeOf } from "../support/command-line.ts";
import { filesIn, makeVerse, tableOf, type Verse } from "../support/verse.ts";

let verse: Verse;
before(async () => {
  verse = await makeVerse();
});
after(() => verse.drop());

const DATE = ["--extract-date", "2026-11-30"];

async function plan(sink: string, ...args: string[]): Promise<RunPlan> {
  const { stdout } = await verse.command(sink, ["plan", ...DATE, "--json", ...args]);
  return (JSON.parse(stdout) as { plan: RunPlan }).plan;
}
const ledgerFile = (sink: string, { run }: RunPlan, name: string): URL =>
  new URL(`${sink}/_pg_bronze/object=parcel/run=${run}/${name}`);
/** The landing record of a shard's data key. */
function recordFile(sink: string, made: RunPlan, shard: string): URL {
  const { key } = made.shards.find(({ id }) => id === shard)!;
  return new URL(`${sink}/${landingKey("parcel", key)}`);
}
async function recordOf(sink: string, made: RunPlan, shard: string): Promise<Landing> {
  return JSON.parse(await readFile(recordFile(sink, made, shard), "utf8")) as Landing;
}
const linesOf = (stderr: string): Record<string, unknown>[] =>
  stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Starts a job and waits until its query runs at the server. */
async function startStalled(sink: string, run: string, shard: string) {
  const child = verse.start(sink, ["extract"], { RUN_ID: run, SHARD: shard });
  const outcome = outcomeOf(child);
  await verse.stalled(child);
  return { child, outcome };
}

describe("extract of a planned shard", () => {
  it("lands the shard at the array's index, with run, shard and attempt in every line and metrics in the last", async () => {
    const sink = await verse.sink();
    const made = await plan(sink, "--state", "TX");
    const { code, stderr } = await verse.command(sink, ["extract"], {
      RUN_ID: made.run,
      AWS_BATCH_JOB_ID: "8a5b1f0c:2",
      AWS_BATCH_JOB_ARRAY_INDEX: "2",
    });
    assert.equal(code, 0, stderr);
    const [third] = made.shards.slice(2, 3);
    const lines = linesOf(stderr);
    assert.ok(
      lines.every((line) => line["run"] === made.run && line["shard"] === third?.id && line["attempt"] === 1),
      stderr,
    );
    const last = lines.at(-1)!;
    assert.deepEqual([last["event"], last["rows"], last["retries"], last["object"]], ["job_finished", 3, 0, "parcel"]);
    assert.ok(Number(last["bytes"]) > 0 && Number(last["seconds"]) > 0 && Number(last["peak_memory"]) > 2 ** 20);
    const [metrics] = (last["_aws"] as { CloudWatchMetrics: { Metrics: { Name: string }[]; Dimensions: string[][] }[] })
      .CloudWatchMetrics;
    const names = ["rows", "bytes", "seconds", "retries", "waited_seconds", "peak_memory", "failed", "published"];
    assert.deepEqual(metrics?.Metrics.map(({ Name }) => Name).sort(), names.toSorted());
    assert.deepEqual([last["failed"], last["published"], last["waited_seconds"]], [0, 0, 0]);
    assert.deepEqual(metrics?.Dimensions, [["object"]]);
    assert.equal((await recordOf(sink, made, third!.id)).manifest?.run, made.run);
    const again = await verse.command(sink, ["extract", "--run", made.run, "--shard", third!.id]);
    assert.equal(again.code, 0);
    assert.match(again.stderr, /has landed already/);
    assert.deepEqual(
      [linesOf(again.stderr).at(-1)?.["event"], linesOf(again.stderr).at(-1)?.["_aws"]],
      ["job_finished", undefined],
    );
  });

  it("finds its shards in the submission by size class and index", async () => {
    const sink = await verse.sink();
    const made = await plan(sink, "--state", "TX");
    const submission = {
      version: 2,
      object: "parcel",
      run: made.run,
      number: 1,
      engine: "batch",
      groups: [{ size_class: "small", jobs: [["48301"], ["48113", "48501"]] }],
      handles: [],
      submitted_at: "2026-11-30T00:00:00Z",
      tool: "test",
    };
    const { mkdir } = await import("node:fs/promises");
    await mkdir(ledgerFile(sink, made, "submissions"), { recursive: true });
    await writeFile(ledgerFile(sink, made, "submissions/0001.json"), JSON.stringify(submission));
    const env = { RUN_ID: made.run, SUBMISSION: "1", SIZE_CLASS: "small" };
    const { code, stderr } = await verse.command(sink, ["extract"], { ...env, AWS_BATCH_JOB_ARRAY_INDEX: "1" });
    assert.equal(code, 0, stderr);
    const landed = (await filesIn(sink)).flatMap((file) => /landed\/(.*)\.json$/.exec(file)?.[1] ?? []);
    assert.deepEqual(landed, ["48113", "48501"]);
    const beyond = await verse.command(sink, ["extract"], { ...env, AWS_BATCH_JOB_ARRAY_INDEX: "2" });
    assert.equal(beyond.code, 2);
    assert.match(beyond.stderr, /has no small job at 2 of submission 1/);
  });

  it("records why it failed, with exit 2 where trying again can't help", async (t) => {
    const sink = await verse.sink();
    const made = await plan(sink, "--state", "TX");
    await verse.database.query(`ALTER TABLE ${tableOf("48201")} RENAME TO away`);
    t.after(() => verse.database.query(`ALTER TABLE away RENAME TO ${tableOf("48201")}`));
    const { code } = await verse.command(sink, ["extract", "--run", made.run, "--shard", "48201"]);
    assert.equal(code, 2);
    const { ended } = await recordOf(sink, made, "48201");
    assert.deepEqual([ended?.outcome, ended?.error?.code], ["failed", "TABLE_MISSING"]);
  });

  it("fails a table that changed after the plan, with the difference, and an exit code that no engine tries again", async (t) => {
    const sink = await verse.sink();
    const made = await plan(sink, "--state", "IN");
    await verse.database.query(`ALTER TABLE ${tableOf("18001")} ALTER parval TYPE float8`);
    t.after(() => verse.database.query(`ALTER TABLE ${tableOf("18001")} ALTER parval TYPE numeric(12,2)`));
    const { code, stderr } = await verse.command(sink, ["extract", "--run", made.run, "--shard", "18001"]);
    assert.equal(code, 2);
    assert.match(stderr, /SCHEMA_DRIFT/);
    assert.match((await recordOf(sink, made, "18001")).ended?.error?.message ?? "", /parval is float64, not decimal\(12,2\)/);
  });

  it("ends with 143 on SIGTERM, lets go of its claim, and leaves no object", async (t) => {
    const sink = await verse.sink();
    const made = await plan(sink, "--state", "IL");
    t.after(await verse.stall("17001"));
    const { child, outcome } = await startStalled(sink, made.run, "17001");
    child.kill("SIGTERM");
    assert.equal((await outcome).code, 143);
    assert.equal((await recordOf(sink, made, "17001")).ended?.outcome, "released");
    assert.ok((await filesIn(sink)).every((file) => file.endsWith(".json")));
  });

  it("is taken over when it was killed and its lease has expired, and not before", async () => {
    const sink = await verse.sink();
    const made = await plan(sink, "--state", "IL");
    const restore = await verse.stall("17003");
    const { child, outcome } = await startStalled(sink, made.run, "17003");
    child.kill("SIGKILL");
    await outcome;
    await verse.database.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
    );
    await restore();
    const status = async (): Promise<string> => (await verse.command(sink, ["status", made.run])).stdout;
    assert.match(await status(), /^running +17003/m);
    const record = await recordOf(sink, made, "17003");
    const holder = { ...record.holder!, lease_ms: 1 };
    await writeFile(recordFile(sink, made, "17003"), JSON.stringify({ ...record, seq: record.seq + 1, holder }));
    assert.match(await status(), /^lost +17003/m);
    const { code, stdout } = await verse.command(sink, ["retry", made.run, "--json"]);
    assert.equal(code, 0);
    const report = JSON.parse(stdout) as { shards: { shard: string; attempts: number; status: string }[] };
    assert.deepEqual(
      report.shards.map(({ shard, attempts, status: is }) => [shard, attempts, is]),
      [
        ["17001", 1, "landed"],
        ["17003", 2, "landed"],
        ["17005", 1, "landed"],
        ["17007", 1, "landed"],
        ["17009", 1, "landed"],
      ],
    );
  });

  it("says which document of the ledger is corrupt, or newer than itself", async () => {
    const sink = await verse.sink();
    const made = await plan(sink, "--state", "MI");
    const file = ledgerFile(sink, made, "plan.json");
    const whole = await readFile(file, "utf8");
    await writeFile(file, whole.slice(0, 100));
    const corrupt = await verse.command(sink, ["extract", "--run", made.run, "--shard", "26001"]);
    assert.equal(corrupt.code, 1);
    assert.match(corrupt.stderr, /plan\.json is not JSON/);
    await writeFile(file, JSON.stringify({ ...(JSON.parse(whole) as object), version: 3 }));
    const newer = await verse.command(sink, ["status", made.run]);
    assert.equal(newer.code, 1);
    assert.match(newer.stderr, /is of ledger version 3; this pg-bronze reads version 2/);
  });

  it("names the run that isn't there, and refuses a config that isn't the plan's", async () => {
    const sink = await verse.sink();
    const missing = await verse.command(sink, ["extract", "--run", "never", "--shard", "26001"]);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /has no planned run never/);
    const made = await plan(sink, "--state", "MI");
    const config = new URL(`file://${verse.folder}/config/parcel.yaml`);
    const text = await readFile(config, "utf8");
    await writeFile(config, text.replace("dataset: parcel", "dataset: other"));
    const changed = await verse.command(sink, ["extract", "--run", made.run, "--shard", "26001"]);
    await writeFile(config, text);
    assert.equal(changed.code, 2);
    assert.match(changed.stderr, /is not the one that run .* was planned with/);
  });
});
