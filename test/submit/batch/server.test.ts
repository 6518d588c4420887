import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import {
  BatchClient,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  DescribeJobsCommand,
  type EvaluateOnExit,
  type JobDetail,
  ListJobsCommand,
  SubmitJobCommand,
  type SubmitJobCommandInput,
  TerminateJobCommand,
} from "@aws-sdk/client-batch";
import {
  type AttemptEnd,
  type BatchServer,
  deliver,
  ENDS,
  processRunner,
  type RunAttempt,
  START_FAILURES,
  startBatchServer,
  THROTTLED,
  testDefinition,
  testQueue,
} from "../../support/batch-server/index.ts";

const OK: AttemptEnd = { exitCode: 0, statusReason: "Essential container in task exited" };
const servers: BatchServer[] = [];

async function serve(run: RunAttempt, more: Partial<Parameters<typeof startBatchServer>[0]> = {}) {
  const server = await startBatchServer({
    queues: [testQueue("q"), testQueue("off", { state: "DISABLED" })],
    definitions: [testDefinition("d"), testDefinition("d", { revision: 2 }), testDefinition("gone", { status: "INACTIVE" })],
    run,
    ...more,
  });
  servers.push(server);
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = server.env;
  const client = new BatchClient({
    endpoint: server.endpoint,
    region: "us-east-2",
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  const submit = (more: Partial<SubmitJobCommandInput> = {}) =>
    client.send(new SubmitJobCommand({ jobName: "j", jobQueue: "q", jobDefinition: "d", ...more }));
  const detail = async (id: string): Promise<JobDetail> => (await client.send(new DescribeJobsCommand({ jobs: [id] }))).jobs![0]!;
  return { server, client, submit, detail };
}

after(async () => {
  for (const server of servers) await server.close();
});

/** Resolves when a process has written `text` to its log. */
async function logged(folder: string, text: string): Promise<void> {
  for (;;) {
    const files = await readdir(folder);
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
    if (texts.some((one) => one.includes(text))) return;
    await new Promise((waited) => setTimeout(waited, 10));
  }
}

describe("the Batch stand-in", () => {
  const environment = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `V${i}`, value: "x".repeat(1000) }));
  const rule = { onReason: "*", action: "EXIT" } as const;
  for (const [what, input] of [
    ["a name with a dot", { jobName: "a.b" }],
    ["a name that begins with a hyphen", { jobName: "-a" }],
    ["a name of 129 characters", { jobName: "a".repeat(129) }],
    ["an array of one", { arrayProperties: { size: 1 } }],
    ["an array of 10,001", { arrayProperties: { size: 10_001 } }],
    ["a payload over 30 KiB", { containerOverrides: { environment: environment(31) } }],
    ["a reserved variable", { containerOverrides: { environment: [{ name: "AWS_BATCH_X", value: "1" }] } }],
    ["six rules", { retryStrategy: { attempts: 2, evaluateOnExit: Array.from({ length: 6 }, () => rule) } }],
    ["rules without attempts", { retryStrategy: { evaluateOnExit: [rule] } }],
    ["eleven attempts", { retryStrategy: { attempts: 11 } }],
    ["a timeout under a minute", { timeout: { attemptDurationSeconds: 59 } }],
    ["a size that Fargate doesn't sell", { containerOverrides: { resourceRequirements: [{ type: "MEMORY", value: "8192" }] } }],
    ["a queue that isn't there", { jobQueue: "x" }],
    ["a disabled queue", { jobQueue: "off" }],
    ["an inactive definition", { jobDefinition: "gone" }],
  ] as [string, Partial<SubmitJobCommandInput>][]) {
    it(`refuses ${what}`, async () => {
      const { server, submit } = await serve(async () => OK);
      await assert.rejects(submit(input), { name: "ClientException" });
      assert.equal(server.engine.jobs.length, 0);
    });
  }

  it("runs each child of an array with its index, attempt and variables, as many at once as there is vCPU", async () => {
    const seen: string[] = [];
    const { server, submit, detail } = await serve(
      async ({ environment }) => {
        seen.push(`${environment["AWS_BATCH_JOB_ARRAY_INDEX"]}/${environment["AWS_BATCH_JOB_ATTEMPT"]}/${environment["X"]}`);
        await new Promise((ran) => setImmediate(ran));
        return OK;
      },
      { maxVcpus: 2 },
    );
    const { jobId } = await submit({
      arrayProperties: { size: 7 },
      containerOverrides: { environment: [{ name: "X", value: "x" }] },
    });
    await server.engine.idle();
    assert.deepEqual(seen.toSorted(), ["0/1/x", "1/1/x", "2/1/x", "3/1/x", "4/1/x", "5/1/x", "6/1/x"]);
    assert.equal(server.engine.mostAtOnce, 4);
    const parent = await detail(jobId!);
    assert.equal(parent.status, "SUCCEEDED");
    assert.equal(parent.arrayProperties?.statusSummary?.["SUCCEEDED"], 7);
    assert.match(parent.jobDefinition ?? "", /d:2$/);
    assert.deepEqual(
      [(await detail(`${jobId}:3`)).arrayProperties?.index, (await detail(`${jobId}:3`)).status],
      [3, "SUCCEEDED"],
    );
  });

  it("never gives out more of a consumable resource than there is", async () => {
    const definition = testDefinition("d", {
      consumableResourceProperties: { consumableResourceList: [{ consumableResource: "pg-connections", quantity: 1 }] },
    });
    const { server, submit } = await serve(() => new Promise((resolve) => setTimeout(resolve, 1, OK)), {
      definitions: [definition],
      resources: { "pg-connections": 3 },
    });
    await submit({ arrayProperties: { size: 20 } });
    await server.engine.idle();
    assert.equal(server.engine.mostAtOnce, 3);
  });

  const LAST_RULE: EvaluateOnExit = { onReason: "*", action: "EXIT" };
  const SAFE_RULES: readonly EvaluateOnExit[] = [
    { onExitCode: "2", action: "EXIT" },
    { onExitCode: "137", action: "EXIT" },
    { onReason: "OutOfMemory*", action: "EXIT" },
  ];
  const RULES = [
    { onStatusReason: "Your Spot Task was interrupted.", action: "RETRY" },
    { onReason: "CannotPull*", action: "retry" },
    { onExitCode: "143", action: "RETRY" },
    { onReason: "*", action: "EXIT" },
  ] as const;
  for (const [what, end, evaluateOnExit, attempts] of [
    ["a Spot interruption", { exitCode: null, statusReason: "Your Spot Task was interrupted." }, RULES, 3],
    ["an image that couldn't be pulled", { exitCode: null, reason: "CannotPullContainerError: x", statusReason: "" }, RULES, 3],
    ["exit 143", { exitCode: 143, statusReason: "" }, RULES, 3],
    ["exit 2, which the last rule ends", { exitCode: 2, statusReason: "" }, RULES, 1],
    ["exit 2 when no rule matches", { exitCode: 2, statusReason: "" }, RULES.slice(0, 3), 3],
    ["exit 0", OK, RULES, 1],
  ] as [string, AttemptEnd, SubmitJobCommandInput["retryStrategy"] extends infer R ? readonly object[] & R[] : never, number][]) {
    it(`makes ${attempts} of 3 attempts after ${what}`, async () => {
      const { server, submit, detail } = await serve(async () => end);
      const { jobId } = await submit({ retryStrategy: { attempts: 3, evaluateOnExit: [...evaluateOnExit] as never } });
      await server.engine.idle();
      assert.equal((await detail(jobId!)).attempts?.length, attempts);
      assert.equal((await detail(jobId!)).status, end.exitCode === 0 ? "SUCCEEDED" : "FAILED");
    });
  }

  for (const [what, end, rules, attempts] of [
    ...START_FAILURES.map((reason) => [`a task that failed to start: ${reason}`, ENDS.notStarted(reason), SAFE_RULES, 3]),
    ["a task that failed to start, under a last rule for any reason", ENDS.notStarted("CannotStart: x"), [LAST_RULE], 1],
    ["a lack of memory", ENDS.outOfMemory, SAFE_RULES, 1],
    ["a lack of memory, told by the reason alone", { ...ENDS.outOfMemory, exitCode: 1 }, SAFE_RULES, 1],
    ["exit 1", ENDS.exit(1), SAFE_RULES, 3],
    ["exit 2, where each condition of a rule has to hold", ENDS.exit(2), [{ ...SAFE_RULES[0]!, onReason: "OutOf*" }], 3],
    ["exit 20, which is not 2", ENDS.exit(20), SAFE_RULES, 3],
    ["exit 20, which begins with 2", ENDS.exit(20), [{ onExitCode: "2*", action: "EXIT" }], 1],
  ] as [string, AttemptEnd, EvaluateOnExit[], number][]) {
    it(`makes ${attempts} of 3 attempts after ${what}`, async () => {
      const { server, submit, detail } = await serve(async () => end);
      const { jobId } = await submit({ retryStrategy: { attempts: 3, evaluateOnExit: rules } });
      await server.engine.idle();
      const { attempts: made = [], status, container } = await detail(jobId!);
      assert.deepEqual([made.length, status, container?.exitCode], [attempts, "FAILED", end.exitCode ?? undefined]);
    });
  }

  it("takes more characters of overrides than ECS does, and fails the job when it is to start", async () => {
    const { server, submit, detail } = await serve(async () => OK);
    const name = "SHARD";
    const long = await submit({ containerOverrides: { environment: [{ name, value: "x".repeat(8_192) }] } });
    const short = await submit({ containerOverrides: { environment: [{ name, value: "x".repeat(7_500) }] } });
    await server.engine.idle();
    const { status, statusReason } = await detail(long.jobId!);
    assert.deepEqual([status, statusReason], ["FAILED", "Container Overrides length must be at most 8192"]);
    assert.equal((await detail(short.jobId!)).status, "SUCCEEDED");
  });

  it("holds what a job takes from STARTING to its end, and says how much was held at once", async () => {
    const definition = testDefinition("d", {
      consumableResourceProperties: { consumableResourceList: [{ consumableResource: "pg-connections", quantity: 2 }] },
    });
    const more = { definitions: [definition], resources: { "pg-connections": 5 }, startMs: 30 };
    const { server, submit, detail } = await serve(async () => OK, more);
    const { jobId } = await submit({ arrayProperties: { size: 3 } });
    await new Promise((pumped) => setTimeout(pumped, 5));
    const summary = (await detail(jobId!)).arrayProperties?.statusSummary;
    assert.deepEqual([summary?.["STARTING"], summary?.["RUNNABLE"]], [2, 1]);
    await server.engine.idle();
    assert.deepEqual(server.engine.mostHeld, { "pg-connections": 4 });
  });

  it("leaves jobs in RUNNABLE for ever where nothing can run them, and says no reason", async () => {
    const { server, submit, detail } = await serve(async () => OK);
    server.engine.isStuck = true;
    const { jobId } = await submit({ timeout: { attemptDurationSeconds: 60 } });
    await new Promise((pumped) => setTimeout(pumped, 20));
    const { status, statusReason } = await detail(jobId!);
    assert.deepEqual([status, statusReason], ["RUNNABLE", undefined]);
  });

  it("tells of jobs as they were a while ago, where it lags", async () => {
    const { server, client, submit } = await serve(async () => OK, { lag: { listMs: 80, describeMs: 40 } });
    const filters = [{ name: "JOB_NAME", values: ["j"] }];
    const listed = async () => (await client.send(new ListJobsCommand({ jobQueue: "q", filters }))).jobSummaryList?.length;
    const { jobId } = await submit({ arrayProperties: { size: 2 } });
    const described = async () => (await client.send(new DescribeJobsCommand({ jobs: [jobId!] }))).jobs?.[0]?.status;
    assert.deepEqual([await listed(), await described()], [0, undefined]);
    await server.engine.idle();
    await new Promise((passed) => setTimeout(passed, 100));
    assert.deepEqual([await listed(), await described()], [1, "SUCCEEDED"]);
  });

  it("terminates a moment after it said so, and tries nothing again", async () => {
    const stopped: AttemptEnd = { ...OK, exitCode: 143 };
    const run: RunAttempt = ({ signal }) => new Promise((end) => signal.addEventListener("abort", () => end(stopped)));
    const { server, client, submit, detail } = await serve(run, { terminateMs: 40 });
    const { jobId } = await submit({ retryStrategy: { attempts: 3 } });
    await new Promise((pumped) => setImmediate(pumped));
    await client.send(new TerminateJobCommand({ jobId, reason: "enough" }));
    assert.equal((await detail(jobId!)).status, "RUNNING");
    await server.engine.idle();
    const { status, statusReason, attempts } = await detail(jobId!);
    assert.deepEqual([status, statusReason, attempts?.length], ["FAILED", "enough", 1]);
  });

  it("gets the events of a schedule at least once, each with the schedule's own time", async () => {
    const dates: (string | undefined)[] = [];
    const { server } = await serve(async ({ environment }) => {
      dates.push(environment["EXTRACT_DATE"]);
      return OK;
    });
    const Environment = [{ Name: "EXTRACT_DATE", Value: "<aws.scheduler.scheduled-time>" }];
    const input = JSON.stringify({
      JobName: "parcel-dispatch",
      JobQueue: "q",
      JobDefinition: "d",
      ContainerOverrides: { Environment },
    });
    deliver(server, input, new Date("2026-11-30T23:59:00Z"), 2);
    await server.engine.idle();
    assert.deepEqual(dates, ["2026-11-30T23:59:00Z", "2026-11-30T23:59:00Z"]);
  });

  it("stops a process by SIGTERM, by SIGKILL when it doesn't listen, and doesn't try it again", async (t) => {
    const script = (deaf: boolean) =>
      `${deaf ? "process.on('SIGTERM',()=>{});" : ""}console.log('ready');setInterval(()=>{},1e6)`;
    for (const [deaf, exitCode] of [
      [false, 143],
      [true, 137],
    ] as const) {
      const logFolder = await mkdtemp(join(tmpdir(), "batch-logs-"));
      t.after(() => rm(logFolder, { recursive: true }));
      const run = processRunner({ entryPoint: [process.execPath, "-e", script(deaf)], graceMs: 300, logFolder });
      const { server, client, submit, detail } = await serve(run);
      const { jobId } = await submit({ retryStrategy: { attempts: 3 } });
      await logged(logFolder, "ready");
      await client.send(new TerminateJobCommand({ jobId, reason: "enough" }));
      await server.engine.idle();
      const job = await detail(jobId!);
      assert.deepEqual([job.status, job.statusReason, job.attempts?.length], ["FAILED", "enough", 1]);
      assert.equal(job.container?.exitCode, exitCode);
    }
  });

  it("terminates an array with all its children, begun or not", async () => {
    const { server, client, submit, detail } = await serve(
      ({ signal }) =>
        new Promise((resolve) =>
          signal.addEventListener("abort", () => resolve({ exitCode: 143, statusReason: "Essential container in task exited" })),
        ),
      { maxVcpus: 1 },
    );
    const { jobId } = await submit({ arrayProperties: { size: 10 } });
    await new Promise((pumped) => setImmediate(pumped));
    await client.send(new TerminateJobCommand({ jobId, reason: "enough" }));
    await server.engine.idle();
    const parent = await detail(jobId!);
    assert.deepEqual([parent.status, parent.arrayProperties?.statusSummary?.["FAILED"]], ["FAILED", 10]);
  });

  it("lists RUNNING jobs unless asked otherwise, and by name those of every status, newest first, in pages", async () => {
    const { server, client, submit } = await serve(async () => OK);
    for (let i = 0; i < 105; i++) await submit({ jobName: `Run-${i}` });
    await submit({ jobName: "other" });
    await server.engine.idle();
    assert.deepEqual((await client.send(new ListJobsCommand({ jobQueue: "q" }))).jobSummaryList, []);
    assert.equal((await client.send(new ListJobsCommand({ jobQueue: "q", jobStatus: "SUCCEEDED" }))).jobSummaryList?.length, 106);
    const filters = [{ name: "JOB_NAME", values: ["run-*"] }];
    const first = await client.send(new ListJobsCommand({ jobQueue: "q", filters }));
    const second = await client.send(new ListJobsCommand({ jobQueue: "q", filters, nextToken: first.nextToken }));
    assert.deepEqual([first.jobSummaryList?.length, second.jobSummaryList?.length, second.nextToken], [100, 5, undefined]);
    assert.equal(first.jobSummaryList?.[0]?.jobName, "Run-104");
  });

  it("describes queues and definitions, and at most 100 jobs", async () => {
    const { client } = await serve(async () => OK);
    const { jobQueues } = await client.send(new DescribeJobQueuesCommand({ jobQueues: ["off", "nobody"] }));
    assert.deepEqual(
      jobQueues?.map((queue) => [queue.jobQueueName, queue.state]),
      [["off", "DISABLED"]],
    );
    const active = await client.send(new DescribeJobDefinitionsCommand({ jobDefinitionName: "d", status: "ACTIVE" }));
    assert.equal(active.jobDefinitions?.length, 2);
    await assert.rejects(client.send(new DescribeJobsCommand({ jobs: Array.from({ length: 101 }, String) })), {
      name: "ClientException",
    });
  });

  it("throttles, and loses the answer of what it did", async () => {
    const { server, submit } = await serve(async () => OK);
    server.faults.add({ fault: THROTTLED, operation: "SubmitJob", times: 1 });
    await assert.rejects(submit(), { name: "TooManyRequestsException" });
    server.faults.add({ fault: { kind: "lose-answer" }, operation: "SubmitJob", times: 1 });
    await assert.rejects(submit());
    assert.equal(server.engine.jobs.length, 1);
    assert.deepEqual(
      server.requests.map(({ status }) => status),
      [429, 0],
    );
  });
});
