import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { type Outcome, outcomeOf, run, start } from "../support/command-line.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";

const SETUP = `
  CREATE TABLE public.verse (id int, admin0 text, admin1 text, admin2 text, admin3 text, geoid text, table_name text,
    filename_stem text, total_objects int, last_refresh date);
  INSERT INTO verse VALUES
    (1, 'us', 'tx', 'dallas', NULL, '48113', 'tx_dallas', 'tx_dallas', 3, '2026-10-01'),
    (2, 'us', 'tx', 'harris', NULL, '48201', 'tx_harris', 'tx_harris', 2, '2026-10-01'),
    (3, 'us', 'tx', 'travis', NULL, '48453', 'tx_gone', 'tx_travis', 9, '2026-10-01'),
    (4, 'us', 'mi', 'wayne', NULL, '26163', 'mi_wayne', '../../etc', 9, '2026-10-01'),
    (5, 'us', 'tx', 'dallas', 'a part of it', '48113', NULL, NULL, NULL, NULL);
  CREATE TABLE public.tx_dallas (geoid text, ll_uuid uuid, owner text, parval numeric(12,2));
  INSERT INTO tx_dallas SELECT '48113', gen_random_uuid(), 'owner ' || i, i FROM generate_series(1, 3) i;
  CREATE TABLE public.tx_harris (LIKE tx_dallas);
  INSERT INTO tx_harris SELECT '48201', gen_random_uuid(), 'owner ' || i, i FROM generate_series(1, 2) i;
  CREATE TABLE public.tx_slow (LIKE tx_dallas);
`;

const CONFIG = `object: parcel
extract_pattern: county_sharded
source_system: linode
dataset: parcel
source:
  shards: SELECT * FROM public.verse WHERE admin3 IS NULL ORDER BY geoid
  table: public.{table_name}
hashkeys: { source: [geoid, ll_uuid] }
sink:
  bucket: nobody-has-this-bucket
  key: "dataset={dataset}/admin1={admin1}/filename_stem={filename_stem}/snapshot_dt={extract_date}/{table_name}_{extract_date}.parquet"
`;

interface Report {
  readonly exit_code: number;
  readonly totals: Record<string, number>;
  readonly shards: readonly (Record<string, unknown> & { readonly outcome: string; readonly shard: string })[];
  readonly rejected: readonly { readonly shard: string; readonly error: { readonly code: string } }[];
}

let database: TestDatabase;
let folder: string;
let sink: string;
before(async () => {
  database = await testDatabase();
  await database.query(SETUP);
  folder = await mkdtemp(join(tmpdir(), "cli-extract-"));
  await writeFile(join(folder, "parcel.yaml"), CONFIG);
});
after(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  sink = await mkdtemp(join(folder, "bronze-"));
});

const argumentsOf = (...more: string[]) => [
  "--config",
  "parcel.yaml",
  "--sink",
  `file://${sink}`,
  "--extract-date",
  "2026-11-30",
  ...more,
];
const settings = () => ({ cwd: folder, env: { LINODE_DSN: database.dsn } });
const extract = (...more: string[]): Promise<Outcome> => run(argumentsOf(...more), settings());
const filesIn = async (): Promise<string[]> =>
  (await readdir(sink, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(sink.length + 1))
    .toSorted();
const DALLAS = "dataset=parcel/admin1=tx/filename_stem=tx_dallas/snapshot_dt=2026-11-30/tx_dallas_2026-11-30.parquet";

describe("extract", () => {
  it("lands the chosen counties, says so on stdout, and logs one JSON object a line", async () => {
    const { code, stdout, stderr } = await extract("--geoid", "48113,48201");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^landed +48113 tx_dallas +3 rows .*file:.*tx_dallas_2026-11-30\.parquet$/m);
    assert.match(stdout, /^2 landed: 5 rows, /m);
    const events = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      events.map((event) => event["event"]).filter((event) => event !== "progress" && event !== "warning"),
      ["started", "planning", "planned", "shard_started", "shard_landed", "shard_started", "shard_landed"],
    );
    for (const event of events) assert.ok(typeof event["time"] === "string" && typeof event["message"] === "string");
    const files = await filesIn();
    assert.ok(files.includes(DALLAS), files.join("\n"));
    assert.equal(files.filter((file) => file.includes("/landings/")).length, 2);
    assert.equal(files.filter((file) => file.includes("/landed/")).length, 2);
  });

  it("prints nothing but one document on stdout under --json", async () => {
    const { code, stdout } = await extract("--table", "tx_dallas", "--json", "--log-format", "text");
    assert.equal(code, 0);
    const report = JSON.parse(stdout) as Report & Record<string, unknown>;
    assert.deepEqual(
      [report["version"], report["command"], report["object"], report["snapshot_dt"], report["dry_run"], report.exit_code],
      [1, "extract", "parcel", "2026-11-30", false, 0],
    );
    assert.deepEqual([report.totals["landed"], report.totals["rows"]], [1, 3]);
    assert.deepEqual(
      [report.shards[0]?.shard, report.shards[0]?.outcome, report.shards[0]?.["key"]],
      ["48113", "landed", DALLAS],
    );
    assert.equal((report.shards[0]!["manifest"] as { rows: number }).rows, 3);
  });

  it("shows a dry run's shards, columns and keys, and writes nothing", async () => {
    const { code, stdout } = await extract("--geoid", "48113", "--dry-run");
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^48113\n {2}source {2}public\.tx_dallas\n {2}rows {4}about 3\n {2}lands {3}file:.*\/tx_dallas_2026-11-30\.parquet/,
    );
    assert.match(stdout, /^ {4}parval +numeric\(12,2\) +INT64 DECIMAL\(12, ?2\)$/m);
    assert.match(stdout, /^ {4}_source_hashkey +\(made here\) /m);
    const json = JSON.parse((await extract("--geoid", "48113", "--dry-run", "--json")).stdout) as Report;
    assert.deepEqual([json.shards[0]?.outcome, json.totals["planned"]], ["planned", 1]);
    assert.deepEqual(await filesIn(), []);
  });

  it("warns of ambiguous hash keys on a dry run, once for all counties, and says what it reads while it plans", async () => {
    const ambiguous = join(folder, "ambiguous.yaml");
    await writeFile(ambiguous, CONFIG.replace("[geoid, ll_uuid]", "[geoid, owner]"));
    const warning = /hash keys: "geoid" and "owner" stand side by side and both vary in length/g;
    const counties = ["--geoid", "48113,48201", "--config", ambiguous, "--dry-run"];
    for (const command of ["extract", "plan"]) {
      const dsn = command === "plan" ? [] : ["--dsn", database.dsn];
      const args = [command, ...counties, ...dsn, "--sink", `file://${sink}`];
      const environment = { cwd: folder, env: { LINODE_DSN: database.dsn }, bin: "pg-bronze" } as const;
      const { code, stderr } = await run([...args, "--log-format", "text"], environment);
      assert.equal(code, 0, stderr);
      assert.equal(stderr.match(warning)?.length, 1, stderr);
      const events = (await run([...args, "--log-format", "json"], environment)).stderr
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { event: string; level: string; reading?: string; message: string });
      assert.deepEqual(
        events.flatMap(({ event, reading }) => (event === "planning" ? [reading] : [])),
        ["the lookup of parcel"],
      );
      assert.equal(events.filter(({ event, message }) => event === "warning" && warning.test(message)).length, 1);
      warning.lastIndex = 0;
    }
    assert.deepEqual(await filesIn(), []);
  });

  it("lands the others when a table is gone and a row climbs out of the lake, and ends with 1", async () => {
    const { code, stdout } = await extract("--all", "--json");
    assert.equal(code, 1);
    const report = JSON.parse(stdout) as Report;
    assert.deepEqual(
      report.shards.map(({ shard, outcome }) => [shard, outcome]),
      [
        ["48113", "landed"],
        ["48201", "landed"],
        ["48453", "failed"],
      ],
    );
    assert.deepEqual(
      report.rejected.map(({ shard, error }) => [shard, error.code]),
      [["26163", "KEY_INVALID"]],
    );
    assert.equal((report.shards[2]!["error"] as { code: string }).code, "TABLE_MISSING");
    assert.equal((await filesIn()).filter((file) => file.endsWith(".parquet")).length, 2);
  });

  it("ends with 2 when set-up alone kept the only shard from landing", async () => {
    const { code, stderr } = await extract("--geoid", "26163", "--log-format", "text");
    assert.equal(code, 2);
    assert.match(stderr, /^rejected 26163: \{filename_stem\} has a slash/m);
    assert.deepEqual(
      (await filesIn()).filter((file) => !file.endsWith(".json")),
      [],
    );
  });

  for (const [name, args, message] of [
    ["an unknown geoid", ["--geoid", "48114"], /^error: parcel has no geoid "48114"[\s\S]*hint: Did you mean 48113\?/m],
    ["an unknown state", ["--state", "TZ"], /^error: parcel has no state "TZ"/m],
    ["an unknown table", ["--table", "tx_dalas"], /Did you mean tx_dallas\?/],
  ] as const) {
    it(`refuses ${name} with 2 and what was meant`, async () => {
      const { code, stdout, stderr } = await extract(...args, "--log-format", "text");
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, message);
    });
  }

  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    it(`stops at ${signal} with ${exitCode}: no query goes on, nothing is left`, async () => {
      // The server works on the lookup for as long as the test lets it.
      await writeFile(
        join(folder, "slow.yaml"),
        CONFIG.replace("SELECT * FROM public.verse", "SELECT *, pg_sleep(60) FROM public.verse"),
      );
      const child = start(argumentsOf("--config", "slow.yaml", "--all", "--log-format", "text"), settings());
      const outcome = outcomeOf(child);
      await activity("%pg_sleep(60)%", 1);
      child.kill(signal);
      const { code, stdout, stderr } = await outcome;
      assert.deepEqual([code, stdout], [exitCode, ""], stderr);
      assert.match(stderr, /^error: /m);
      assert.doesNotMatch(stderr, /\n {4}at |^bug/);
      await activity("%pg_sleep(60)%", 0);
      assert.deepEqual(await filesIn(), []);
    });
  }

  it("ends at once at the second Ctrl-C", async () => {
    const child = start(argumentsOf("--config", "slow.yaml", "--all", "--log-format", "text"), settings());
    const closed = once(child, "close");
    await activity("%pg_sleep(60)%", 1);
    child.kill("SIGINT");
    child.kill("SIGINT");
    assert.deepEqual(await closed, [130, null]);
    await activity("%pg_sleep(60)%", 0);
  });
});

/** Waits until so many sessions run a query like this. */
async function activity(like: string, sessions: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const sql =
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE $1";
    const [row] = await database.query(sql, [like]);
    if (row?.["n"] === sessions) return;
    assert.ok(Date.now() < deadline, `${JSON.stringify(row)} sessions, not ${sessions}`);
  }
}
