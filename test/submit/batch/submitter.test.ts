import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { landedShards } from "../../../src/ledger/receipts.ts";
import { writeStop } from "../../../src/ledger/stop.ts";
import { readSubmissions } from "../../../src/ledger/submissions.ts";
import { parseRunId, parseShardId } from "../../../src/model/ids.ts";
import type { JobProgress } from "../../../src/run/submitter.ts";
import { connectBatch } from "../../../src/submit/batch/api.ts";
import { checkDefinition, checkQueue } from "../../../src/submit/batch/checks.ts";
import { jobIds } from "../../../src/submit/batch/explain.ts";
import { TARGET } from "../../support/batch-samples.ts";
import {
  type FaultRule,
  startBatchServer,
  THROTTLED,
  testComputeEnvironment,
  testDefinition,
  testQueue,
} from "../../support/batch-server/index.ts";
import { hang, landFake, OK, type Stage, stage } from "./stage.ts";

const COUNTIES = ["17001", "18001", "26001", "39001", "48113"];
const submits = ({ server }: Stage) => server.requests.filter(({ operation }) => operation === "SubmitJob");
const landed = ({ sink, plan }: Stage) => landedShards(sink, plan.object, parseRunId(plan.run));
const { signal } = new AbortController();

describe("submitting to AWS Batch", () => {
  it("runs one child for each county, and writes the ids to the ledger", async (t) => {
    const it = await stage(t, COUNTIES);
    const seen: JobProgress[] = [];
    const { start, submissions, finished } = await it.start({ wait: true, progress: (now) => seen.push(now) });
    assert.deepEqual([start, finished?.summary.landed], ["submitted", 5]);
    assert.deepEqual(seen.at(-1), { waiting: 0, running: 0, succeeded: 5, failed: 0, forgotten: 0 });
    assert.deepEqual([...(await landed(it))].sort(), COUNTIES);
    const [written] = await readSubmissions(it.sink, it.plan.object, parseRunId(it.plan.run));
    assert.deepEqual(written, submissions[0]);
    assert.equal(it.server.engine.jobs[0]?.children.length, 5);
    assert.equal((await it.start()).start, "landed");
    assert.equal(submits(it).length, 1);
  });

  it("runs a single county as an individual job, and each by itself when asked to", async (t) => {
    const one = await stage(t, ["48113"]);
    await one.start();
    const each = await stage(t, COUNTIES, { mode: "individual" });
    const { submissions } = await each.start();
    await Promise.all([one.server.engine.idle(), each.server.engine.idle()]);
    assert.deepEqual([one.server.engine.jobs.length, one.server.engine.jobs[0]?.children.length], [1, 0]);
    assert.deepEqual(
      submissions[0]?.handles.map(({ first_job }) => first_job),
      [0, 1, 2, 3, 4],
    );
    assert.equal((await landed(each)).size, 5);
  });

  for (const [what, fault, requests] of [
    ["a burst of 429s", { fault: THROTTLED, times: 3 }, 4],
    ["a lost answer", { fault: { kind: "lose-answer" }, times: 1 }, 1],
    ["a connection that broke before", { fault: { kind: "cut" }, times: 1 }, 2],
    ["a stumble of the service", { fault: { kind: "error", status: 500, code: "ServerException" }, times: 1 }, 2],
  ] as [string, FaultRule, number][]) {
    it(`makes every job once after ${what}, with ${requests} SubmitJob in all`, async (t) => {
      const it = await stage(t, COUNTIES);
      it.server.faults.add({ ...fault, operation: "SubmitJob" });
      const { submissions } = await it.start();
      await it.server.engine.idle();
      assert.equal(submits(it).length, requests);
      assert.equal(it.server.engine.jobs.length, 1);
      assert.equal(submissions[0]?.handles[0]?.id, it.server.engine.jobs[0]?.id);
      assert.equal((await landed(it)).size, 5);
    });
  }

  it("completes a submission whose process died, without making a job twice", async (t) => {
    const it = await stage(t, COUNTIES, { mode: "individual", land: hang });
    it.server.faults.add({
      operation: "SubmitJob",
      fault: { kind: "error", status: 403, code: "ExpiredTokenException" },
      skip: 3,
    });
    await assert.rejects(it.start(), { code: "CREDENTIALS" });
    it.server.faults.clear();
    const before = it.server.engine.jobs.length;
    assert.ok(before >= 3 && before < 5, String(before));
    const { start, submissions } = await it.start();
    assert.equal(start, "resumed");
    assert.deepEqual([submissions.length, submissions[0]?.handles.length, it.server.engine.jobs.length], [1, 5, 5]);
    assert.equal((await it.start()).start, "running");
    assert.equal(it.server.engine.jobs.length, 5);
  });

  it("submits only what hasn't landed, once the jobs have ended", async (t) => {
    let healed = false;
    const it = await stage(t, COUNTIES, {
      land: async (attempt, stage) =>
        healed || Number(attempt.environment["AWS_BATCH_JOB_ARRAY_INDEX"]) > 1
          ? landFake(attempt, stage)
          : { ...OK, exitCode: 2 },
    });
    await it.start();
    await it.server.engine.idle();
    assert.equal((await landed(it)).size, 3);
    healed = true;
    const { start, submissions } = await it.start();
    await it.server.engine.idle();
    assert.deepEqual([start, submissions.length], ["submitted", 2]);
    assert.deepEqual(submissions[1]?.groups, [{ size_class: "small", jobs: [["17001"], ["18001"]] }]);
    assert.equal((await landed(it)).size, 5);
  });

  it("explains what Batch says of each shard: state, reason, log", async (t) => {
    const it = await stage(t, COUNTIES, {
      land: async ({ environment }) =>
        environment["AWS_BATCH_JOB_ARRAY_INDEX"] === "1"
          ? { exitCode: null, reason: "CannotPullContainerError: no such tag", statusReason: "Task failed to start" }
          : { ...OK, exitCode: 2 },
    });
    const { submissions } = await it.start();
    await it.server.engine.idle();
    const said = await it.run.submitter.explain(submissions, COUNTIES.map(parseShardId));
    assert.equal(said.size, 5);
    assert.equal(said.get(parseShardId("18001"))?.reason, "Task failed to start; CannotPullContainerError: no such tag");
    assert.deepEqual(
      [said.get(parseShardId("17001"))?.state, said.get(parseShardId("17001"))?.reason],
      ["FAILED", "Essential container in task exited; exit code 2"],
    );
    assert.match(
      said.get(parseShardId("17001"))?.log ?? "",
      /^https:\/\/us-east-2\.console\.aws\.amazon\.com\/cloudwatch\/.*\$252Faws\$252Fbatch\$252Fjob/,
    );
    const lines = said.get(parseShardId("17001"))?.lines;
    assert.equal(lines?.group, "/aws/batch/job");
    assert.equal(lines?.streams.length, 1);
    assert.equal(
      lines?.command,
      `aws logs filter-log-events --region us-east-2 --log-group-name /aws/batch/job --log-stream-names ${lines?.streams[0]} --query 'events[].[message]' --output text`,
    );
    assert.equal(jobIds([...submissions], [parseShardId("48453")]).size, 0);
  });

  it("cancels all that Batch has of the run, also jobs whose ids never came back", async (t) => {
    const it = await stage(t, COUNTIES, { land: hang });
    const { submissions } = await it.start();
    await it.run.submitter.cancel(it.plan, [{ ...submissions[0]!, handles: [] }]);
    await it.server.engine.idle();
    const progress = await it.run.submitter.progress(submissions, signal);
    assert.deepEqual([progress.failed, progress.running], [5, 0]);
    assert.match(it.server.engine.jobs[0]?.statusReason ?? "", /pg-bronze cancel 2026-11-30/);
  });

  it("stops watching when it is told to, and leaves the jobs alone", async (t) => {
    const it = await stage(t, COUNTIES, { land: hang });
    const watching = new AbortController();
    const progress = () => watching.abort(new Error("Ctrl-C"));
    const message = /^Stopped watching run .*; its jobs go on$/;
    await assert.rejects(it.start({ wait: true, signal: watching.signal, progress }), { code: "CANCELLED", message });
    assert.equal((await it.run.submitter.progress((await it.start()).submissions, signal)).failed, 0);
  });

  it("writes nothing to the ledger while the queue takes no jobs", async (t) => {
    const it = await stage(t, COUNTIES, { server: { queues: [testQueue(TARGET.batch_queue, { state: "DISABLED" })] } });
    await assert.rejects(it.start(), { code: "ENGINE_INVALID", message: /is disabled/ });
    assert.deepEqual(await readSubmissions(it.sink, it.plan.object, parseRunId(it.plan.run)), []);
  });

  it("refuses a run that was cancelled", async (t) => {
    const it = await stage(t, COUNTIES);
    await writeStop(it.sink, it.plan.object, it.plan.run, "a test");
    await assert.rejects(it.start(), { code: "USAGE", hint: /pg-bronze retry/ });
    assert.equal(submits(it).length, 0);
  });

  it("hands over, runs and follows 3,200 counties in seconds, with few requests", async (t) => {
    const geoids = Array.from({ length: 3200 }, (_, i) => String(i).padStart(5, "0"));
    const it = await stage(t, geoids);
    const before = { ...it.sink.requests! };
    const startedAt = performance.now();
    await it.start();
    const handedOverMs = performance.now() - startedAt;
    const used = Object.fromEntries(
      Object.entries(it.sink.requests!).map(([name, count]) => [name, count - before[name as keyof typeof before]]),
    );
    await it.server.engine.idle();
    assert.equal((await landed(it)).size, 3200);
    const [first] = submits(it);
    assert.ok(JSON.stringify(first?.input).length < 2_000);
    assert.ok(handedOverMs < 5_000, `${handedOverMs} ms`);
    assert.ok((used["gets"] ?? 0) + (used["puts"] ?? 0) + (used["lists"] ?? 0) <= 12, JSON.stringify(used));
    t.diagnostic(
      `handed over in ${Math.round(handedOverMs)} ms, S3 ${JSON.stringify(used)}, Batch ${it.server.requests.length} requests`,
    );
  });
});

describe("the preflight", () => {
  async function api(t: TestContext, more: Partial<Parameters<typeof startBatchServer>[0]>) {
    const server = await startBatchServer({
      queues: [testQueue(TARGET.batch_queue)],
      definitions: [testDefinition(TARGET.batch_job_definition)],
      run: async () => OK,
      ...more,
    });
    Object.assign(process.env, server.env);
    t.after(() => server.close());
    return connectBatch({ env: server.env });
  }

  for (const [what, more, message, hint] of [
    [
      "a missing queue",
      { queues: [] },
      /no Batch job queue parcel-extract-queue in us-east-2/,
      /aws batch create-job-queue .*--job-queue-name parcel-extract-queue/,
    ],
    [
      "a disabled queue",
      { queues: [testQueue(TARGET.batch_queue, { state: "DISABLED" })] },
      /is disabled/,
      /--job-queue parcel-extract-queue --state ENABLED/,
    ],
    [
      "a queue that isn't valid",
      { queues: [testQueue(TARGET.batch_queue, { status: "INVALID", statusReason: "no subnet" })] },
      /INVALID: no subnet/,
      /describe-job-queues/,
    ],
    [
      "a queue whose compute environment is disabled",
      { computeEnvironments: [testComputeEnvironment({ state: "DISABLED" })] },
      /compute environment test-compute of the Batch job queue parcel-extract-queue is disabled/,
      /aws batch update-compute-environment --region us-east-2 --compute-environment test-compute --state ENABLED/,
    ],
    [
      "a queue whose compute environment isn't valid",
      { computeEnvironments: [testComputeEnvironment({ status: "INVALID", statusReason: "CLIENT_ERROR - no such role" })] },
      /test-compute of .* is INVALID: CLIENT_ERROR - no such role/,
      /service role, subnets, security groups/,
    ],
    [
      "a queue whose compute environment is gone",
      { computeEnvironments: [] },
      /has no compute environment that exists/,
      /update-job-queue .*--compute-environment-order/,
    ],
  ] as [string, object, RegExp, RegExp][]) {
    it(`names ${what} and the command that mends it`, async (t) => {
      await assert.rejects(checkQueue(await api(t, more), TARGET.batch_queue), {
        code: "ENGINE_INVALID",
        exitCode: 2,
        message,
        hint,
      });
    });
  }

  it("is content with one compute environment of several that takes jobs", async (t) => {
    const computeEnvironmentOrder = ["off", "test-compute"].map((computeEnvironment, order) => ({ order, computeEnvironment }));
    const computeEnvironments = [
      testComputeEnvironment({ computeEnvironmentName: "off", computeEnvironmentArn: "arn:off", state: "DISABLED" }),
      testComputeEnvironment({ status: "UPDATING" }),
    ];
    const queues = [testQueue(TARGET.batch_queue, { computeEnvironmentOrder })];
    await checkQueue(await api(t, { queues, computeEnvironments }), TARGET.batch_queue);
  });

  it("names a job definition of which no revision is active", async (t) => {
    const definitions = [testDefinition(TARGET.batch_job_definition, { status: "INACTIVE" })];
    const error = { code: "ENGINE_INVALID", message: /parcel-county-extract/, hint: /register-job-definition/ };
    await assert.rejects(checkDefinition(await api(t, { definitions }), TARGET.batch_job_definition), error);
  });

  it("tells expired credentials from refused ones", async (t) => {
    await assert.rejects(checkQueue(await api(t, { accessKeyId: "ELSE" }).then((one) => one), "q"), { code: "ENGINE_INVALID" });
    process.env["AWS_SESSION_TOKEN"] = "old";
    t.after(() => {
      delete process.env["AWS_SESSION_TOKEN"];
    });
    const expired = await api(t, { expiredTokens: ["old"] });
    await assert.rejects(checkQueue(expired, "q"), { code: "CREDENTIALS", message: /expired/, exitCode: 2 });
    delete process.env["AWS_SESSION_TOKEN"];
    const stranger = await api(t, {});
    process.env["AWS_ACCESS_KEY_ID"] = "STRANGER";
    await assert.rejects(checkQueue(stranger, "q"), { code: "CREDENTIALS", message: /refused/ });
  });
});
