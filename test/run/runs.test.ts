import assert from "node:assert/strict";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { outcomeOf } from "../support/command-line.ts";
import { filesIn, GEOIDS, makeVerse, tableOf, type Verse, writeConfig } from "../support/verse.ts";

let verse: Verse;
before(async () => {
  verse = await makeVerse();
});
after(() => verse.drop());

const DATE = ["--extract-date", "2026-11-30"];

interface RunReport {
  readonly exit_code: number;
  readonly run: string;
  readonly published: boolean;
  readonly totals: Record<string, number>;
  readonly summary: { readonly run: string; readonly landed: number };
  readonly publication: { readonly published: boolean; readonly move: string };
  readonly shards: readonly { shard: string; status: string; attempts: number; error: { code: string } | null }[];
}
async function json(sink: string, ...args: string[]): Promise<RunReport> {
  const { stdout, stderr } = await verse.command(sink, [...args, "--json"]);
  assert.ok(stdout !== "", stderr);
  return JSON.parse(stdout) as RunReport;
}

describe("status, retry and publish", () => {
  it("tell what failed and why, land only that when its cause is gone, and then move current.json", async () => {
    const sink = await verse.sink();
    await verse.database.query(`ALTER TABLE ${tableOf("18007")} RENAME TO away`);
    const first = await json(sink, "submit-local", ...DATE, "--state", "IN");
    assert.equal(first.publication.move, "incomplete");
    const status = await json(sink, "status");
    assert.deepEqual([status.exit_code, status.totals["landed"], status.totals["failed"]], [1, 4, 1]);
    assert.deepEqual(status.shards.find(({ status: is }) => is === "failed")?.error?.code, "TABLE_MISSING");
    const { stdout } = await verse.command(sink, ["status", first.summary.run]);
    assert.match(stdout, /^failed +18007 .*TABLE_MISSING/m);
    assert.match(stdout, /^4 landed, 1 failed: 12 rows/m);
    const refused = await verse.command(sink, ["publish", first.summary.run]);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /not published: 1 of 5 shards are absent/);

    await verse.database.query(`ALTER TABLE away RENAME TO ${tableOf("18007")}`);
    const before = await filesIn(sink);
    const { code, stderr, stdout: retried } = await verse.command(sink, ["retry", "--json"]);
    assert.equal(code, 0, stderr);
    assert.equal([...stderr.matchAll(/"event":"shard_started"/g)].length, 1);
    const report = JSON.parse(retried) as RunReport;
    assert.deepEqual([report.summary.landed, report.publication.move], [5, "first"]);
    assert.equal(report.shards.find(({ shard }) => shard === "18007")?.attempts, 2);
    assert.equal((await filesIn(sink)).filter((file) => !before.includes(file) && file.endsWith(".parquet")).length, 1);
    assert.equal((await json(sink, "status")).published, true);
  });

  it("list runs newest first, and never publish an older snapshot over a newer one", async () => {
    const sink = await verse.sink();
    const newer = await json(sink, "submit-local", "--extract-date", "2026-12-01");
    const older = await json(sink, "submit-local", ...DATE);
    assert.equal(older.publication.move, "older");
    const { stdout } = await verse.command(sink, ["runs"]);
    const lines = stdout.trim().split("\n");
    assert.ok(lines[0]?.startsWith(newer.summary.run) && lines[0].endsWith("published"), stdout);
    assert.ok(lines[1]?.startsWith(older.summary.run) && lines[1].includes("3 of 3 landed"), stdout);
    const forced = await verse.command(sink, ["publish", older.summary.run, "--allow-partial"]);
    assert.equal(forced.code, 1);
  });

  it("say how one shard fared", async () => {
    const sink = await verse.sink();
    const { summary } = await json(sink, "submit-local", ...DATE);
    const { code, stdout } = await verse.command(sink, ["logs", summary.run, "48113"]);
    assert.equal(code, 0);
    assert.match(stdout, /^status +landed$/m);
    assert.match(stdout, /^object +file:.*tx_48113_2026-11-30\.parquet$/m);
    const unknown = await verse.command(sink, ["logs", summary.run, "1"]);
    assert.equal(unknown.code, 2);
  });

  it("say so when there is no run, and which name is unknown", async () => {
    const sink = await verse.sink();
    for (const command of ["status", "retry", "publish"]) {
      const { code, stderr } = await verse.command(sink, [command]);
      assert.equal(code, 2, command);
      assert.match(stderr, /parcel has no run in file:/);
    }
    assert.match((await verse.command(sink, ["runs"])).stdout, /has no run/);
    assert.equal((await verse.command(sink, ["status", "nonsense"])).code, 2);
  });
});

describe("cancel", () => {
  it("keeps everybody from beginning a shard of the run, until retry takes it up again", async () => {
    const sink = await verse.sink();
    const planned = JSON.parse((await verse.command(sink, ["plan", ...DATE, "--state", "TX", "--json"])).stdout) as {
      plan: { run: string };
    };
    const { run } = planned.plan;
    assert.equal((await verse.command(sink, ["cancel", run])).code, 0);
    const said = await verse.command(sink, ["status", run]);
    assert.match(said.stdout, /^cancelled at 2.* Take it up again with: pg-bronze retry \S+ --object parcel --sink file:\S+$/m);
    assert.match((await verse.command(sink, ["runs"])).stdout, new RegExp(`^${run} .* cancelled$`, "m"));
    const job = await verse.command(sink, ["extract", "--run", run, "--shard", "48113"]);
    assert.equal(job.code, 2, "not to be tried again");
    assert.match(job.stderr, /was cancelled/);
    const again = await verse.command(sink, ["submit-local", ...DATE, "--state", "TX"]);
    assert.equal(again.code, 2);
    assert.match(again.stderr, /was cancelled/);
    assert.ok((await filesIn(sink)).every((file) => !file.endsWith(".parquet")));
    const retried = await json(sink, "retry", run);
    const { cancelled } = JSON.parse((await verse.command(sink, ["status", run, "--json"])).stdout) as { cancelled: unknown };
    assert.equal(cancelled, null);
    assert.deepEqual([retried.exit_code, retried.summary.landed], [0, 5]);
  });
});

describe("--since-refresh", () => {
  it("takes only counties that were refreshed since they landed, and never hides the others from readers", async (t) => {
    const sink = await verse.sink();
    const all = await json(sink, "submit-local", ...DATE, "--all");
    await verse.database.query("UPDATE verse SET last_refresh = current_date + 10 WHERE geoid IN ('17005', '26009')");
    t.after(() => verse.database.query("UPDATE verse SET last_refresh = '2026-10-01'"));
    const some = await json(sink, "submit-local", "--extract-date", "2026-12-01", "--since-refresh");
    assert.deepEqual(
      some.shards.map(({ shard }) => shard),
      ["17005", "26009"],
    );
    assert.deepEqual([some.exit_code, some.publication.move], [0, "narrower"]);
    assert.equal(all.summary.landed, GEOIDS.length);
  });
});

describe("submit-local --engine docker", () => {
  /** Stands for docker: does what `docker compose run` would, with the settings of `-e` and without a container. */
  const FAKE = `#!/bin/sh
printf '%s\\n' "$*" >> "$FAKE_LOG"
[ "$1 $2 $3 $4" = "compose run --rm -T" ] || exit 64
shift 4
while [ "$1" = -e ]; do export "$2"; shift 2; done
[ "$SHARD" = 48201 ] && { echo 'no space left on device' >&2; exit 125; }
exec "$FAKE_NODE" --import "$FAKE_TSX" "$FAKE_CLI" extract
`;

  it("runs the registry's service for each shard, and tells of a container that never got to its work", async () => {
    const sink = await verse.sink();
    const log = join(verse.folder, "docker.log");
    await writeFile(join(verse.folder, "docker"), FAKE);
    await chmod(join(verse.folder, "docker"), 0o755);
    const env = {
      PATH: `${verse.folder}:${process.env["PATH"]}`,
      FAKE_LOG: log,
      FAKE_NODE: process.execPath,
      FAKE_TSX: import.meta.resolve("tsx"),
      FAKE_CLI: new URL("../../src/cli/bin/pg-bronze.ts", import.meta.url).pathname,
    };
    const { code, stdout, stderr } = await outcomeOf(
      verse.start(sink, ["submit-local", ...DATE, "--engine", "docker", "--jobs", "2", "--json"], env),
    );
    assert.equal(code, 1, stderr);
    const report = JSON.parse(stdout) as RunReport;
    assert.deepEqual(
      report.shards.map(({ shard, status }) => [shard, status]),
      [
        ["48113", "landed"],
        ["48201", "failed"],
        ["48453", "landed"],
      ],
    );
    assert.match(stderr, /The container ended with 125: no space left on device/);
    const commands = (await readFile(log, "utf8")).trim().split("\n");
    assert.equal(commands.length, 3);
    assert.ok(commands.every((line) => line.endsWith(" parcel-extract") && line.includes(`-e RUN_ID=${report.summary.run}`)));
  });
});

describe("a new object", () => {
  it("is added by a config and a line of the registry alone, and runs", async () => {
    await writeConfig(verse.folder, ["parcel", "addresses"]);
    const sink = await verse.sink();
    const run = await json(sink, "submit-local", ...DATE, "--object", "addresses", "--state", "MI,IN,IL");
    assert.deepEqual([run.exit_code, run.summary.landed], [0, 15]);
    const files = await filesIn(sink);
    assert.equal(files.filter((file) => file.startsWith("dataset=addresses/")).length, 15);
    assert.ok(files.includes("_pg_bronze/object=addresses/current.json"));
  });
});
