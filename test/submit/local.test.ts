import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { type Published, readPublished } from "../../src/ledger/current.ts";
import { landingKey } from "../../src/ledger/paths.ts";
import type { RunPlan } from "../../src/ledger/plan.ts";
import { openSink } from "../../src/sink/open.ts";
import { outcomeOf } from "../support/command-line.ts";
import { filesIn, GEOIDS, makeVerse, tableOf, type Verse } from "../support/verse.ts";

let verse: Verse;
before(async () => {
  verse = await makeVerse();
});
after(() => verse.drop());

const DATE = ["--extract-date", "2026-11-30"];

interface Report {
  readonly exit_code: number;
  readonly summary: { run: string; planned: number; landed: number; failed: number; missing: number; rows: number };
  readonly publication: { published: boolean; move: string };
  readonly shards: readonly { shard: string; status: string; attempts: number; error: { code: string } | null }[];
}
async function submit(sink: string, args: readonly string[], env?: Record<string, string>): Promise<Report & { stderr: string }> {
  const { stdout, stderr } = await verse.command(sink, ["submit-local", ...DATE, "--json", ...args], env);
  assert.ok(stdout !== "", stderr);
  return { ...(JSON.parse(stdout) as Report), stderr };
}
const current = async (sink: string): Promise<Published | null> => readPublished(await openSink(sink), "parcel");
const landedIn = async (sink: string): Promise<string[]> =>
  (await filesIn(sink)).flatMap((file) => /geoid=(\d+)\/.*\.parquet$/.exec(file)?.[1] ?? []);

describe("submit-local", () => {
  it("lands the registry's default selection when nothing is chosen, publishes them, and has nothing to do the next time", async () => {
    const sink = await verse.sink();
    const first = await submit(sink, []);
    assert.equal(first.exit_code, 0, first.stderr);
    assert.deepEqual(await landedIn(sink), ["48113", "48201", "48453"]);
    assert.deepEqual([first.summary.planned, first.summary.landed, first.summary.rows], [3, 3, 9]);
    assert.equal((await current(sink))?.run, first.summary.run);
    const files = await filesIn(sink);
    const again = await submit(sink, []);
    assert.equal(again.exit_code, 0);
    assert.equal(again.publication.move, "unchanged");
    assert.deepEqual(await filesIn(sink), files);
  });

  it("lands every county with --all, some at once, and tells it in JSON lines that name run and shard", async () => {
    const sink = await verse.sink();
    const { exit_code, summary, stderr } = await submit(sink, ["--all", "--jobs", "4"]);
    assert.equal(exit_code, 0, stderr);
    assert.deepEqual(await landedIn(sink), GEOIDS);
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(lines.slice(1).every((line) => line["run"] === summary.run));
    assert.deepEqual(lines.flatMap((line) => (line["event"] === "shard_landed" ? [line["shard"]] : [])).sort(), GEOIDS);
  });

  it("fails the county whose table is missing and the row without a table, lands the rest, and publishes only with --allow-partial", async (t) => {
    await verse.database.query(`ALTER TABLE ${tableOf("26003")} RENAME TO away`);
    await verse.database.query("INSERT INTO verse VALUES ('us', 'mi', '26099', NULL, 5, NULL)");
    t.after(() => verse.database.query("DELETE FROM verse WHERE geoid = '26099'"));
    const sink = await verse.sink();
    const run = await submit(sink, ["--state", "MI"]);
    assert.equal(run.exit_code, 1);
    assert.deepEqual(
      run.shards.map(({ shard, status, error }) => [shard, status, error?.code ?? null]),
      [
        ["26001", "landed", null],
        ["26003", "failed", "TABLE_MISSING"],
        ["26005", "landed", null],
        ["26007", "landed", null],
        ["26009", "landed", null],
        ["26099", "rejected", "KEY_INVALID"],
      ],
    );
    assert.equal(run.publication.move, "incomplete");
    assert.equal(await current(sink), null);
    const summary = JSON.parse(
      await readFile(new URL(`${sink}/_pg_bronze/object=parcel/run=${run.summary.run}/summary.json`), "utf8"),
    ) as Report["summary"];
    assert.deepEqual([summary.planned, summary.landed, summary.failed, summary.missing], [6, 4, 2, 0]);

    await verse.database.query(`ALTER TABLE away RENAME TO ${tableOf("26003")}`);
    const again = await submit(sink, ["--state", "MI", "--allow-partial"]);
    assert.equal(again.exit_code, 1);
    assert.deepEqual((await current(sink))?.absent, ["26099"]);
    assert.deepEqual(await landedIn(sink), ["26001", "26003", "26005", "26007", "26009"]);
  });

  it("fails a county whose schema isn't the run's, with the differences, and lands nothing of it", async (t) => {
    await verse.database.query(`ALTER TABLE ${tableOf("18003")} ADD extra int`);
    t.after(() => verse.database.query(`ALTER TABLE ${tableOf("18003")} DROP extra`));
    const sink = await verse.sink();
    const run = await submit(sink, ["--state", "IN"]);
    assert.equal(run.exit_code, 1);
    const failed = run.shards.filter(({ status }) => status === "failed");
    assert.deepEqual(
      failed.map(({ shard, error }) => [shard, error?.code]),
      [["18003", "SCHEMA_DRIFT"]],
    );
    assert.match(run.stderr, /extra int32 is new/);
    assert.deepEqual(await landedIn(sink), ["18001", "18005", "18007", "18009"]);
  });

  it("never takes more connections than --max-connections", async (t) => {
    const role = `narrow_${Date.now()}`;
    await verse.database.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'x' CONNECTION LIMIT 2; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    t.after(() => verse.database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
    const dsn = new URL(verse.database.dsn);
    dsn.username = role;
    dsn.password = "x";
    const run = await submit(await verse.sink(), ["--all", "--jobs", "8", "--max-connections", "2", "--attempts", "5"], {
      LINODE_DSN: dsn.href,
    });
    assert.equal(run.exit_code, 0, run.stderr);
    assert.equal(run.summary.landed, GEOIDS.length);
  });

  it("lands every shard once when two of the same run go at once, and both end well", async () => {
    const sink = await verse.sink();
    const both = await Promise.all([submit(sink, ["--all"]), submit(sink, ["--all"])]);
    assert.deepEqual(
      both.map(({ exit_code, summary }) => [exit_code, summary.landed]),
      [
        [0, 20],
        [0, 20],
      ],
    );
    assert.equal(both[0].summary.run, both[1].summary.run);
    const landings = both.flatMap(({ stderr }) => [...stderr.matchAll(/"event":"shard_landed"/g)]);
    assert.equal(landings.length, GEOIDS.length);
  });

  it("stops on SIGTERM with 143, keeps what landed, lets go of the rest, and goes on from there the next time", async () => {
    const sink = await verse.sink();
    const restore = await verse.stall("18009");
    const child = verse.start(sink, ["submit-local", ...DATE, "--state", "IN", "--jobs", "1"]);
    const outcome = outcomeOf(child);
    await verse.stalled(child);
    child.kill("SIGTERM");
    assert.equal((await outcome).code, 143);
    await restore();
    const landed = await landedIn(sink);
    assert.ok(!landed.includes("18009") && (await filesIn(sink)).every((file) => /\.(json|parquet)$/.test(file)), landed.join());
    const again = await submit(sink, ["--state", "IN"]);
    assert.deepEqual([again.exit_code, again.summary.landed], [0, 5]);
    const fresh = [...again.stderr.matchAll(/"event":"shard_landed"/g)].length;
    assert.equal(fresh, 5 - landed.length);
  });

  it("lands the others when a record of the ledger is corrupt, and says which document it is", async () => {
    const sink = await verse.sink();
    const { stdout } = await verse.command(sink, ["plan", ...DATE, "--state", "IL", "--json"]);
    const { shards } = (JSON.parse(stdout) as { plan: RunPlan }).plan;
    const key = landingKey("parcel", shards.find(({ id }) => id === "17005")!.key);
    const record = new URL(`${sink}/${key}`);
    await mkdir(new URL(".", record));
    await writeFile(record, "{");
    const { code, stderr } = await verse.command(sink, ["submit-local", ...DATE, "--state", "IL"]);
    assert.equal(code, 1);
    assert.match(stderr, /landings\/il_17005_2026-11-30-\w+\.json is not JSON/);
    await rm(record);
    const again = await submit(sink, ["--state", "IL"]);
    assert.deepEqual([again.exit_code, again.summary.landed], [0, 5]);
  });

  it("doesn't hide counties from readers behind a smaller run of a later day", async () => {
    const sink = await verse.sink();
    const all = await submit(sink, ["--all"]);
    const { stdout } = await verse.command(sink, ["submit-local", "--extract-date", "2026-12-01", "--json"]);
    const some = JSON.parse(stdout) as Report;
    assert.deepEqual([some.exit_code, some.publication.move], [0, "narrower"]);
    assert.equal((await current(sink))?.run, all.summary.run);
  });

  it("goes on with a run that was planned under a name, with what was chosen and said then", async () => {
    const sink = await verse.sink();
    const args = ["--run", "nightly", "--state", "IN", "--profile", "native", "--extract-date", "2026-10-31"];
    assert.equal((await verse.command(sink, ["plan", ...args])).code, 0);
    const other = await verse.command(sink, ["submit-local", "--run", "nightly", "--state", "TX"]);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /Run nightly was planned for other shards/);
    const { code, stdout, stderr } = await verse.command(sink, ["submit-local", "--run", "nightly", "--json"]);
    assert.equal(code, 0, stderr);
    const { summary } = JSON.parse(stdout) as Report;
    assert.deepEqual([summary.run, summary.planned, summary.landed], ["nightly", 5, 5]);
    assert.ok((await filesIn(sink)).some((file) => file.endsWith("snapshot_dt=2026-10-31/in_18001_2026-10-31.parquet")));
  });

  it("is a program of its own, with a help that says what it takes when nothing is chosen", async () => {
    const { code, stdout } = await verse.command("file:///nowhere", ["submit-local", "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, /Without a choice it takes\s+what the registry has as the object's\s+default_selection/);
  });
});
