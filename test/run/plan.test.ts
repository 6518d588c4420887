import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type RunPlan, RunPlanSchema } from "../../src/ledger/plan.ts";
import { filesIn, GEOIDS, makeVerse, type Verse } from "../support/verse.ts";

let verse: Verse;
before(async () => {
  verse = await makeVerse();
});
after(() => verse.drop());

const DATE = ["--extract-date", "2026-11-30"];
interface PlanReport {
  readonly created: boolean;
  readonly exit_code: number;
  readonly plan: RunPlan;
}
async function plan(sink: string, ...args: string[]): Promise<PlanReport> {
  const { stdout, stderr } = await verse.command(sink, ["plan", ...DATE, "--json", ...args]);
  assert.ok(stdout !== "", stderr);
  return JSON.parse(stdout) as PlanReport;
}

describe("plan", () => {
  it("writes shards, sizes, the pinned schema and a cost into the ledger, once", async () => {
    const sink = await verse.sink();
    const { plan: made, created, exit_code } = await plan(sink);
    assert.equal(exit_code, 0);
    assert.equal(created, true);
    RunPlanSchema.parse(made);
    assert.deepEqual(
      made.shards.map(({ id }) => id),
      GEOIDS,
    );
    assert.deepEqual(
      made.columns?.map(({ name, type }) => [name, type]),
      [
        ["geoid", "utf8"],
        ["ll_uuid", "utf8"],
        ["owner", "utf8"],
        ["parval", "decimal(12,2)"],
        ["_source_hashkey", "utf8"],
      ],
    );
    assert.ok(
      made.shards.every((shard) => shard.size_class === "small" && shard.estimated_bytes! > 0 && shard.estimated_rows === 3),
    );
    assert.ok(made.estimate.rows === 60 && made.estimate.bytes > 0);
    assert.deepEqual(await filesIn(sink), [
      "_pg_bronze/object=parcel/ledger.json",
      `_pg_bronze/object=parcel/run=${made.run}/plan.json`,
    ]);
    const again = await plan(sink);
    assert.equal(again.created, false);
    assert.equal(again.plan.planned_at, made.planned_at);
  });

  it("writes nothing on a dry run, and tells people what it comes to", async () => {
    const sink = await verse.sink();
    const { code, stdout } = await verse.command(sink, ["plan", ...DATE, "--state", "mi,TX", "--pack", "4", "--dry-run"]);
    assert.equal(code, 0);
    assert.match(stdout, /^small +3 +10 /m);
    assert.match(stdout, /10 shards, about 30 rows/);
    assert.deepEqual(await filesIn(sink), []);
  });

  it("names the states there are when one is unknown, and says so when filters leave nothing over", async () => {
    const sink = await verse.sink();
    const unknown = await verse.command(sink, ["plan", "--state", "MI,OHH", "--log-format", "text"]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /parcel has no state "OHH"[\s\S]*il, in, mi, tx/);
    const empty = await verse.command(sink, ["plan", "--state", "MI", "--geoid", "48113"]);
    assert.equal(empty.code, 2);
    assert.match(empty.stderr, /No shard of parcel matches all the filters/);
    assert.deepEqual(await filesIn(sink), []);
  });

  it("refuses the name of a run that was planned for something else", async () => {
    const sink = await verse.sink();
    assert.equal((await verse.command(sink, ["plan", ...DATE, "--run", "mine", "--state", "MI"])).code, 0);
    const other = await verse.command(sink, ["plan", ...DATE, "--run", "mine", "--state", "TX"]);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /Run mine was planned for other shards/);
  });

  it("marks counties whose tables are missing or have drifted, with the difference, and pins what most have", async (t) => {
    await verse.database.query("ALTER TABLE il_17001 ALTER parval TYPE text, ADD extra int, DROP owner; DROP TABLE il_17003");
    await verse.database.query("INSERT INTO verse VALUES ('us', 'il', '17099', NULL, 5, NULL)");
    t.after(async () => {
      await verse.database.query(
        `DROP TABLE il_17001; CREATE TABLE il_17001 (LIKE il_17005); CREATE TABLE il_17003 (LIKE il_17005);
         DELETE FROM verse WHERE geoid = '17099'`,
      );
    });
    const { plan: made, exit_code } = await plan(await verse.sink(), "--state", "IL,IN");
    assert.equal(exit_code, 1);
    const problems = made.shards.filter(({ problem }) => problem !== null).map(({ id, problem }) => [id, problem!.code]);
    assert.deepEqual(problems, [
      ["17001", "SCHEMA_DRIFT"],
      ["17003", "TABLE_MISSING"],
    ]);
    assert.match(
      made.shards[0]!.problem!.message,
      /owner utf8 is missing; parval is utf8, not decimal\(12,2\); extra int32 is new/,
    );
    assert.deepEqual(
      made.rejected.map(({ label }) => label),
      ["17099"],
    );
  });

  it("marks counties that can't be read over several connections, where the config asks for that", async (t) => {
    await verse.database.query(
      "CREATE TABLE rows_17001 AS TABLE il_17001; DROP TABLE il_17001; CREATE VIEW il_17001 AS TABLE rows_17001",
    );
    t.after(() => verse.database.query("DROP VIEW il_17001; ALTER TABLE rows_17001 RENAME TO il_17001"));
    const config = await readFile(join(verse.folder, "config/parcel.yaml"), "utf8");
    await writeFile(join(verse.folder, "config/two.yaml"), `${config}read: { parallelism: 2 }\n`);
    const { plan: made, exit_code } = await plan(await verse.sink(), "--state", "IL", "--config", "config/two.yaml");
    assert.equal(exit_code, 1);
    const problems = made.shards.flatMap(({ id, problem }) => (problem === null ? [] : [[id, problem.code, problem.message]]));
    assert.deepEqual(problems, [
      ["17001", "CONFIG_INVALID", "Can't be read over several connections: public.il_17001 is a view"],
    ]);
  });
});
