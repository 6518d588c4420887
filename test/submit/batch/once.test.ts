import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { beginHandOver } from "../../../src/ledger/hand-over.ts";
import { landedShards } from "../../../src/ledger/receipts.ts";
import { shardStates } from "../../../src/ledger/status.ts";
import { clearStop, writeStop } from "../../../src/ledger/stop.ts";
import { cancelSubmissions, readSubmissions } from "../../../src/ledger/submissions.ts";
import { parseShardId } from "../../../src/model/ids.ts";
import { newSubmission } from "../../../src/run/start-submission.ts";
import { type Attempt, type AttemptEnd, ENDS, START_FAILURES } from "../../support/batch-server/index.ts";
import { fakeActor, fakeRun, shardNamed } from "../../support/fake-run.ts";
import { hang, landReal, type Stage, stage } from "./stage.ts";

const COUNTIES = ["17001", "18001", "26001", "39001", "48113"];
const PUBLISH = { allowPartial: false, allowShrink: false, maxShrink: 0.05 };

const submits = ({ server }: Stage) => server.requests.filter(({ operation }) => operation === "SubmitJob").length;
const submissionsOf = ({ sink, plan }: Stage) => readSubmissions(sink, plan.object, plan.run);
const landed = async ({ sink, plan }: Stage) => (await landedShards(sink, plan.object, plan.run)).size;

/** What `pg-bronze status` says of each county. */
const told = async ({ sink, plan }: Stage) => (await shardStates(sink, plan)).map(({ status }) => status);
const ALL_LANDED = COUNTIES.map(() => "landed");

/** As `pg-bronze cancel` does it. */
async function cancel({ sink, plan, run }: Stage): Promise<void> {
  await writeStop(sink, plan.object, plan.run, "a test");
  await cancelSubmissions(sink, plan.object, plan.run);
  await run.submitter.cancel(plan, await readSubmissions(sink, plan.object, plan.run));
}

/** As `pg-bronze retry` does it. */
async function retry(stage: Stage, more: Parameters<Stage["start"]>[0] = {}) {
  await clearStop(stage.sink, stage.plan.object, stage.plan.run);
  return stage.start({ evenHopeless: true, ...more });
}

describe("submitting once", () => {
  it("makes one array when two submit at once, and both know its jobs (C8)", async (t) => {
    const it = await stage(t, COUNTIES, { land: hang });
    const both = await Promise.all([it.start(it.other()), it.start(it.other())]);
    assert.deepEqual(both.map(({ start }) => start).sort(), ["running", "submitted"]);
    assert.deepEqual([submits(it), it.server.engine.jobs.length, (await submissionsOf(it)).length], [1, 1, 1]);
    for (const { submissions } of both) assert.equal(submissions[0]?.handles[0]?.id, it.server.engine.jobs[0]?.id);
  });

  it("makes each job once when ten submit at once, each job by itself", async (t) => {
    const it = await stage(t, COUNTIES, { land: landReal, mode: "individual" });
    const all = await Promise.all(Array.from({ length: 10 }, () => it.start({ ...it.other(), wait: true, publish: PUBLISH })));
    assert.equal(it.server.engine.jobs.length, COUNTIES.length);
    for (const { finished } of all) assert.deepEqual([finished?.summary.landed, finished?.publication.published], [5, true]);
  });

  it("waits for who is handing over, and completes what a dead one began, though ListJobs lags", async (t) => {
    const it = await stage(t, COUNTIES, { land: landReal, server: { lag: { listMs: 500 } } });
    it.server.engine.isStuck = true;
    const dead = it.other();
    // Its SubmitJob works, and it dies before it hears of it.
    const shards = it.plan.shards;
    const made = await beginHandOver(
      it.sink,
      dead.actor,
      await newSubmission(it.sink, it.plan, { engine: "batch", number: 1, shards }),
    );
    const work = { plan: it.plan, submission: made!.submission, signal: it.run.signal };
    await dead.submitter.submit({ ...work, made: () => {} });
    const waited: string[] = [];
    const { start, submissions, finished } = await it.start({
      ...it.other(),
      wait: true,
      waiting: (owner) => waited.push(owner),
      started: () => {
        it.server.engine.isStuck = false;
      },
    });
    assert.deepEqual([start, waited, submits(it)], ["resumed", ["process-1"], 1]);
    assert.deepEqual([submissions[0]?.handles[0]?.id, finished?.summary.landed], [it.server.engine.jobs[0]?.id, 5]);
    assert.deepEqual(await told(it), ALL_LANDED);
  });

  it("looks for a job whose answer was lost for as long as ListJobs may lag", async (t) => {
    const it = await stage(t, COUNTIES, {
      land: landReal,
      listedAfterMs: 2_000,
      server: { lag: { listMs: 150, describeMs: 80 } },
    });
    it.server.faults.add({ operation: "SubmitJob", fault: { kind: "lose-answer" }, times: 1 });
    const { finished } = await it.start({ wait: true });
    assert.deepEqual([submits(it), it.server.engine.jobs.length, finished?.summary.landed], [1, 1, 5]);
    assert.deepEqual(await told(it), ALL_LANDED);
  });

  it("doesn't take jobs for ended that DescribeJobs doesn't know yet (S2)", async (t) => {
    const it = await stage(t, COUNTIES, { land: landReal, server: { lag: { describeMs: 300 } } });
    await it.start();
    assert.equal((await it.start(it.other())).start, "running");
    const { finished } = await it.start({ wait: true, pauseMs: 20 });
    assert.deepEqual([submits(it), finished?.summary.landed], [1, 5]);
    assert.deepEqual(await told(it), ALL_LANDED);
  });

  it("lets go of a submission whose credentials expired, so that the next one goes on at once", async (t) => {
    const it = await stage(t, COUNTIES, { land: hang, mode: "individual" });
    const fault = { kind: "error", status: 403, code: "ExpiredTokenException" } as const;
    it.server.faults.add({ operation: "SubmitJob", fault, skip: 2 });
    await assert.rejects(it.start(), { code: "CREDENTIALS" });
    it.server.faults.clear();
    const [left] = await submissionsOf(it);
    assert.deepEqual([left?.holder, left?.handed_over_at, left?.handles.length], [null, null, it.server.engine.jobs.length]);
    assert.equal((await it.start(it.other())).start, "resumed");
    assert.equal(it.server.engine.jobs.length, COUNTIES.length);
  });

  it("submits nothing any more once the run is cancelled, and ends what it made by then", async (t) => {
    const it = await stage(t, COUNTIES, { land: hang, listedAfterMs: 10_000, server: { lag: { listMs: 1_000 } } });
    it.server.faults.add({ operation: "SubmitJob", fault: { kind: "lose-answer" }, times: 1 });
    const looks = new Promise<void>((looked) => {
      const { requests } = it.server;
      const poll = setInterval(() => {
        if (requests.filter(({ operation }) => operation === "ListJobs").length < 2) return;
        clearInterval(poll);
        looked();
      }, 1);
    });
    const submitting = it.start({ ...it.other(), actor: fakeActor("slow", { leaseMs: 60_000 }) });
    await looks;
    await writeStop(it.sink, it.plan.object, it.plan.run, "a test");
    await cancelSubmissions(it.sink, it.plan.object, it.plan.run);
    await assert.rejects(submitting, {
      code: "USAGE",
      message: /was cancelled$/,
      hint: /pg-bronze retry .* --object parcel --sink s3/,
    });
    await it.server.engine.idle();
    assert.deepEqual(
      it.server.engine.jobs.map(({ status }) => status),
      ["FAILED"],
    );
    assert.notEqual((await submissionsOf(it))[0]?.cancelled_at, null);
  });
});

describe("retry right after cancel (C9)", () => {
  it("starts the missing shards though the old jobs have not ended yet, and they all land", async (t) => {
    const slow = async (attempt: Attempt, on: Stage): Promise<AttemptEnd> => {
      const index = Number(attempt.environment["AWS_BATCH_JOB_ARRAY_INDEX"]);
      if (attempt.environment["SUBMISSION"] === "1" && index > 1) {
        await hang(attempt);
        // It hears of SIGTERM, and takes its time.
        await delay(100);
      }
      return landReal(attempt, on);
    };
    const it = await stage(t, COUNTIES, { land: slow, server: { terminateMs: 200 } });
    await it.start();
    while ((await landed(it)) < 2) await delay(5);
    await cancel(it);
    const [cancelled] = await submissionsOf(it);
    assert.notEqual(cancelled?.cancelled_at, null);
    assert.deepEqual(await told(it), ["landed", "landed", "missing", "missing", "missing"]);
    const { start, submissions, finished } = await retry(it, { wait: true, publish: PUBLISH });
    assert.deepEqual([start, submissions.length, finished?.summary.landed], ["submitted", 2, 5]);
    assert.equal(finished?.publication.published, true);
    assert.deepEqual(await told(it), ALL_LANDED);
    await it.server.engine.idle();
    assert.ok(submissions[1]!.groups.flatMap(({ jobs }) => jobs.flat()).every((geoid) => COUNTIES.slice(2).includes(geoid)));
  });

  it("leaves a job of the cancelled submission without work, however late it starts", async (t) => {
    const it = await stage(t, COUNTIES, { land: landReal });
    it.server.engine.isStuck = true;
    await it.start();
    // AWS can't be reached: nothing is terminated.
    await writeStop(it.sink, it.plan.object, it.plan.run, "a test");
    await cancelSubmissions(it.sink, it.plan.object, it.plan.run);
    const retried = retry(it, { wait: true });
    while (submits(it) < 2) await delay(1);
    it.server.engine.isStuck = false;
    assert.equal((await retried).finished?.summary.landed, 5);
    await it.server.engine.idle();
    const [old, next] = it.server.engine.jobs;
    assert.deepEqual(
      [old!.children.map(({ exitCode }) => exitCode), next!.children.map(({ exitCode }) => exitCode)],
      [
        [2, 2, 2, 2, 2],
        [0, 0, 0, 0, 0],
      ],
    );
  });
});

describe("retrying what is worth it", () => {
  /** Ends the job of one county by what `fate` says, and lands all others. */
  const fated =
    (geoid: string, fate: (attempt: Attempt) => AttemptEnd | null) =>
    async (attempt: Attempt, on: Stage): Promise<AttemptEnd> => {
      const { SUBMISSION, SIZE_CLASS, AWS_BATCH_JOB_ARRAY_INDEX, PG_BRONZE_SHARD_INDEX } = attempt.environment;
      const submission = (await submissionsOf(on)).find(({ number }) => number === Number(SUBMISSION));
      const group = submission?.groups.find(({ size_class }) => size_class === SIZE_CLASS);
      const job = group?.jobs[Number(AWS_BATCH_JOB_ARRAY_INDEX ?? PG_BRONZE_SHARD_INDEX)] ?? [];
      return (job.includes(geoid) ? fate(attempt) : null) ?? landReal(attempt, on);
    };
  const sizesOf = ({ server }: Stage) => server.engine.jobs.map(({ submission }) => submission.memoryMib);

  it("submits a county that ran out of memory in the next size class that has more, and lands the run", async (t) => {
    const starved = fated("26001", ({ job }) => (job.submission.memoryMib < 4096 ? ENDS.outOfMemory : null));
    const it = await stage(t, COUNTIES, { land: starved });
    const { finished, submissions } = await it.start({ wait: true, publish: PUBLISH });
    assert.deepEqual([finished?.summary.landed, finished?.publication.published], [5, true]);
    assert.deepEqual(
      submissions.map(({ round, groups }) => [round, ...groups.map(({ size_class, jobs }) => `${size_class} ${jobs.length}`)]),
      [
        [1, "small 5"],
        [2, "large 1"],
      ],
    );
    assert.deepEqual(sizesOf(it), [2048, 4096]);
  });

  it("gives up a county that the largest class can't hold, says so, and tries nothing for ever", async (t) => {
    const it = await stage(t, COUNTIES, { land: fated("26001", () => ENDS.outOfMemory) });
    const { finished, leftAlone } = await it.start({ wait: true, publish: PUBLISH });
    assert.deepEqual([finished?.summary.landed, leftAlone], [4, ["26001"]]);
    assert.deepEqual(sizesOf(it), [2048, 4096]);
    const again = await it.start({ wait: true });
    assert.deepEqual([again.start, again.leftAlone, sizesOf(it).length], ["left alone", ["26001"], 2]);
    assert.equal((await retry(it)).start, "submitted");
  });

  it("tries a task that never started as often as Batch does, and then once more by a submission of its own", async (t) => {
    let tries = 0;
    const failing = fated("39001", () => (++tries <= 4 ? ENDS.notStarted(START_FAILURES[tries % 4]!) : null));
    const it = await stage(t, COUNTIES, { land: failing });
    const { finished, submissions } = await it.start({ wait: true });
    assert.deepEqual([finished?.summary.landed, submissions.length, tries], [5, 2, 5]);
  });

  it("ends after three submissions where a county dies again and again", async (t) => {
    const it = await stage(t, COUNTIES, { land: fated("39001", () => ENDS.exit(1)) });
    const { finished, submissions, leftAlone } = await it.start({ wait: true });
    assert.deepEqual([finished?.summary.landed, submissions.length, leftAlone], [4, 3, []]);
  });

  it("doesn't submit again what failed in a way that trying again can't help, until retry says that it was mended", async (t) => {
    let isMended = false;
    const claims = async (attempt: Attempt, on: Stage): Promise<AttemptEnd> => {
      if (isMended || attempt.environment["AWS_BATCH_JOB_ARRAY_INDEX"] !== "1") return landReal(attempt, on);
      const error = { code: "TABLE_MISSING", message: "no such table", hint: null, retryable: false };
      const { claimKey } = await import("../../../src/ledger/claims.ts");
      const shard = shardNamed(on.plan, "18001");
      const claimed = await claimKey(
        on.containerSink,
        { ...on.plan, shard: shard.id, key: shard.key },
        fakeRun(on.sink, { plan: on.plan, rows: () => "" }).actor,
      );
      if (claimed.outcome === "claimed") await claimed.claim.fail(error);
      return ENDS.exit(2);
    };
    const it = await stage(t, COUNTIES, { land: claims });
    const first = await it.start({ wait: true });
    assert.deepEqual([first.finished?.summary.failed, first.leftAlone, submits(it)], [1, ["18001"], 1]);
    const second = await it.start({ ...it.other(), wait: true });
    assert.deepEqual(
      [second.start, second.leftAlone, second.finished?.summary.failed, submits(it)],
      ["left alone", ["18001"], 1, 1],
    );
    isMended = true;
    const mended = await retry(it, { wait: true, publish: PUBLISH });
    assert.deepEqual([mended.start, mended.finished?.summary.landed, submits(it)], ["submitted", 5, 2]);
    assert.deepEqual(mended.submissions[1]?.groups, [{ size_class: "small", jobs: [[parseShardId("18001")]] }]);
  });
});
