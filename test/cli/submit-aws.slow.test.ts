import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { seededRandom } from "../../dev/demo/random.ts";
import { readReceipts } from "../../src/ledger/receipts.ts";
import { parseRunId, type RunId } from "../../src/model/ids.ts";
import { openSink } from "../../src/sink/open.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { ENDS, THROTTLED, testQueue } from "../support/batch-server/index.ts";
import { type BatchVerse, COUNTIES, makeBatchVerse } from "../support/batch-verse.ts";

const DAY = ["--extract-date", "2026-11-30"];
const FOUR_STATES = { STATE_FILTER: "MI,OH,IN,IL" };
const CHOSEN = COUNTIES.filter(({ state }) => ["mi", "oh", "in", "il"].includes(state));

/** In the order of the plan, so that the index of a child is the place of its county. */
const GEOIDS = CHOSEN.map(({ geoid }) => geoid).toSorted();

interface Report {
  readonly exit_code: number;
  readonly summary: { readonly run: string; readonly landed: number; readonly planned: number };
  readonly publication: { readonly published: boolean };
}

const sinkOf = ({ s3 }: BatchVerse): Promise<Sink> =>
  openSink("s3://bronze", { endpoint: s3.endpoint, credentials: s3.credentials, region: "us-east-2" });

/** Successful writes of the objects whose key matches, by key. */
function writes({ s3 }: BatchVerse, pattern: RegExp): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { operation, key, status } of s3.requests) {
    const isWrite = (operation === "PutObject" || operation === "CompleteMultipartUpload") && status === 200;
    if (isWrite && pattern.test(key)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

describe("submit-aws --wait with 5 % of the children killed and 5 % failed", () => {
  const random = seededRandom("five percent");
  const unlucky = GEOIDS.map((geoid) => ({ geoid, draw: random.next() })).toSorted((a, b) => a.draw - b.draw);
  const [killed, failed, interrupted] = unlucky.map(({ geoid }) => geoid) as [string, string, string];
  const tableOf = (geoid: string): string => CHOSEN.find((county) => county.geoid === geoid)!.table;
  let verse: BatchVerse;
  let run: RunId;
  before(async () => {
    verse = await makeBatchVerse(({ environment, attempt }) => {
      if (environment["SUBMISSION"] !== "1") return null;
      const geoid = GEOIDS[Number(environment["AWS_BATCH_JOB_ARRAY_INDEX"])]!;
      if (geoid === interrupted && attempt === 1) return { end: ENDS.spot };
      return geoid === killed ? { killWhen: hanging } : null;
    });
    await verse.database.query(`ALTER TABLE ${tableOf(failed)} RENAME TO away`);
    let isHanging = (): void => {};
    const hanging = new Promise<void>((resolve) => {
      isHanging = resolve;
    });
    // Its upload never gets an answer: the child is killed in the middle of its work.
    verse.s3.faults.add({
      fault: { kind: "hang" },
      when: ({ operation, key }) => {
        const isIt = operation === "PutObject" && key.endsWith(`/${tableOf(killed)}_2026-11-30.parquet`);
        if (isIt) isHanging();
        return isIt;
      },
      times: 1,
    });
  });
  after(() => verse.close());

  it("lands the killed one by a second submission, says which failed for good, publishes nothing, and exits 1", async () => {
    const { code, stdout, stderr } = await verse.command("submit-aws", [...DAY, "--wait", "--json"], FOUR_STATES);
    assert.equal(code, 1, stderr);
    const report = JSON.parse(stdout) as Report;
    run = parseRunId(report.summary.run);
    assert.deepEqual([report.summary.planned, report.summary.landed, report.publication.published], [20, 19, false]);
    const [array, again, ...others] = verse.batch.engine.jobs;
    assert.deepEqual([array?.children.length, again?.children.length, others.length], [20, 0, 0]);
    // Killed for a reason that nobody told: it gets the memory of the next class.
    assert.deepEqual([array?.submission.memoryMib, again?.submission.memoryMib], [2048, 4096]);
    const attempts = array?.children.map((child) => child.attempts.length) ?? [];
    assert.deepEqual(
      [interrupted, failed, killed].map((geoid) => attempts[GEOIDS.indexOf(geoid)]),
      [2, 1, 1],
    );
    assert.equal(writes(verse, /current\.json$/).size, 0);
    const hint = `pg-bronze retry ${run} --object parcel --sink s3://bronze`;
    assert.ok(stderr.includes(`1 shard failed in a way that trying again can't help: ${failed}. Once that is mended: ${hint}`));
  });

  it("leaves what failed for good alone when it is said again", async () => {
    const { code, stderr } = await verse.command("submit-aws", [...DAY, "--wait"], FOUR_STATES);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /what is left failed for good/);
    assert.equal(verse.batch.engine.jobs.length, 2);
  });

  it("is finished by retry once it was mended, with nothing landed twice or lost, and one move of current.json", async () => {
    await verse.database.query(`ALTER TABLE away RENAME TO ${tableOf(failed)}`);
    const sink = await sinkOf(verse);
    const { code, stdout, stderr } = await verse.command("pg-bronze", ["retry", run, "--wait", "--json"]);
    assert.equal(code, 0, stderr);
    assert.equal((JSON.parse(stdout) as Report).publication.published, true);
    const receipts = (await readReceipts(sink, "parcel", run)).flatMap((one) => ("value" in one ? [one.value] : []));
    assert.deepEqual(
      receipts.map(({ shard, rows }) => [shard, rows]),
      GEOIDS.map((geoid) => [geoid, CHOSEN.find((county) => county.geoid === geoid)?.rows]),
    );
    const data = writes(verse, /\.parquet$/);
    assert.deepEqual([data.size, Math.max(...data.values())], [20, 1]);
    assert.ok([...data.keys()].every((key) => /admin1=(mi|oh|in|il)\//.test(key)));
    // Announced, and moved.
    assert.deepEqual([...writes(verse, /current\.json$/).values()], [2]);
    assert.deepEqual(
      verse.batch.engine.jobs.map((job) => Math.max(1, job.children.length)),
      [20, 1, 1],
    );
    await sink.close();
  });

  it("has nothing left to do when it is said once more", async (t) => {
    const { code, stderr } = await verse.command("submit-aws", [...DAY, "--wait"], FOUR_STATES);
    assert.equal(code, 0, stderr);
    assert.equal(verse.batch.engine.jobs.length, 3);
    // Announced, and moved.
    assert.deepEqual([...writes(verse, /current\.json$/).values()], [2]);
    const counts = new Map<string, number>();
    for (const { operation } of verse.s3.requests) counts.set(operation, (counts.get(operation) ?? 0) + 1);
    t.diagnostic(`S3 requests: ${[...counts].map(([operation, count]) => `${count} ${operation}`).join(", ")}`);
    assert.ok(verse.s3.requests.length < 20 * 30, String(verse.s3.requests.length));
  });
});

describe("submit-aws", () => {
  let verse: BatchVerse;
  before(async () => {
    verse = await makeBatchVerse(() => ({ end: { exitCode: 2, statusReason: "Essential container in task exited" } }));
  });
  after(() => verse.close());
  const submits = () => verse.batch.requests.filter(({ operation }) => operation === "SubmitJob").length;

  it("prints the exact SubmitJob inputs under --dry-run, and neither submits nor writes", async () => {
    const { code, stdout, stderr } = await verse.command("submit-aws", [...DAY, "--dry-run"], FOUR_STATES);
    assert.equal(code, 0, stderr);
    const [input, ...others] = JSON.parse(stdout) as { jobName: string; jobQueue: string; arrayProperties: { size: number } }[];
    assert.deepEqual([others.length, input?.jobQueue, input?.arrayProperties.size], [0, "parcel-extract-queue", 20]);
    assert.equal(verse.batch.requests.length, 0);
    assert.equal(verse.s3.requests.filter(({ operation }) => operation === "PutObject").length, 0);
    await verse.command("submit-aws", DAY, FOUR_STATES);
    const sent = verse.batch.requests.find(({ operation }) => operation === "SubmitJob")?.input;
    assert.deepEqual(sent, input);
  });

  it("submits once when the answer is lost and calls are throttled", async () => {
    verse.batch.faults.add({ operation: "SubmitJob", fault: THROTTLED, times: 1 });
    verse.batch.faults.add({ operation: "SubmitJob", fault: { kind: "lose-answer" }, times: 1 });
    const before = verse.batch.engine.jobs.length;
    const { code, stdout, stderr } = await verse.command("submit-aws", [...DAY, "--state", "TX", "--json"]);
    verse.batch.faults.clear();
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout) as { start: string; jobs: { id: string }[] };
    assert.equal(report.start, "submitted");
    assert.equal(verse.batch.engine.jobs.length, before + 1);
    assert.equal(report.jobs[0]?.id, verse.batch.engine.jobs.at(-1)?.id);
  });

  it("says where the log of a shard is, and which command prints it", async () => {
    const submitted = await verse.command("submit-aws", [...DAY, "--state", "OH", "--json"]);
    const { run } = JSON.parse(submitted.stdout) as { run: string };
    await verse.batch.engine.idle();
    const { code, stdout, stderr } = await verse.command("pg-bronze", ["logs", run, "39003"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^AWS Batch +FAILED: .*exit code 2$/m);
    assert.match(stdout, /^log group +\/pg-bronze\/parcel$/m);
    const stream = /^log stream +(\S+)$/m.exec(stdout)?.[1];
    assert.match(stream ?? "", /^parcel-county-extract\/default\//);
    const command = `aws logs filter-log-events --region us-east-2 --log-group-name /pg-bronze/parcel --log-stream-names ${stream}`;
    assert.ok(stdout.includes(command), stdout);
  });

  it("submits a county as a job of its own in individual mode", async () => {
    const before = verse.batch.engine.jobs.length;
    const args = [...DAY, "--state", "WI", "--mode", "individual"];
    assert.equal((await verse.command("submit-aws", args)).code, 0);
    assert.equal(verse.batch.engine.jobs.length, before + 5);
  });

  it("exits 2, submits nothing and writes nothing for a folder as sink", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "submit-aws-folder-"));
    t.after(() => rm(folder, { recursive: true }));
    const before = submits();
    const { code, stdout, stderr } = await verse.command("submit-aws", ["--state", "TX", "--sink", `file://${folder}`]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /can't land in file:/);
    assert.equal(stdout, "");
    assert.equal(submits(), before);
    assert.deepEqual(await readdir(folder), []);
  });

  for (const [what, args, env, message] of [
    ["an unknown state", ["--state", "XX"], {}, /parcel has no state "XX"/],
    ["no choice at all", [], {}, /No county of parcel was chosen/],
    ["refused credentials", ["--state", "TX"], { AWS_ACCESS_KEY_ID: "STRANGER" }, /AWS credentials were refused/],
    [
      "no credentials",
      ["--state", "TX"],
      { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" },
      /no usable AWS credentials were found/,
    ],
    ["no region", ["--state", "TX"], { AWS_REGION: "" }, /region is not known/],
  ] as [string, string[], Record<string, string>, RegExp][]) {
    it(`exits 2 and submits nothing for ${what}`, async () => {
      const before = submits();
      const { code, stdout, stderr } = await verse.command("submit-aws", [...args, "--log-format", "text"], env);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.equal(stdout, "");
      assert.equal(submits(), before);
    });
  }

  for (const [what, queues, message] of [
    [
      "missing",
      [],
      /^error: There is no Batch job queue parcel-extract-queue in us-east-2\n.*\n?hint: .*aws batch create-job-queue/m,
    ],
    [
      "disabled",
      [testQueue("parcel-extract-queue", { state: "DISABLED" })],
      /is disabled[\s\S]*update-job-queue .*--state ENABLED/,
    ],
  ] as const) {
    it(`exits 2 with one message and the command that mends it when the queue is ${what}`, async (t) => {
      const other = await makeBatchVerse(() => null, { queues });
      t.after(() => other.close());
      const { code, stderr } = await other.command("submit-aws", ["--state", "TX", "--log-format", "text"]);
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.equal(other.s3.requests.length, 0);
    });
  }
});
