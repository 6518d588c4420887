import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { BatchClient, SubmitJobCommand, type SubmitJobCommandInput } from "@aws-sdk/client-batch";
import type { InfraObject } from "../../infra/lib/objects.ts";
import type { Current } from "../../src/ledger/current.ts";
import {
  type Attempt,
  type BatchServer,
  type Definition,
  processRunner,
  startBatchServer,
  testDefinition,
  testQueue,
} from "../support/batch-server/index.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { type S3Server, startS3Server, TEST_CREDENTIALS } from "../support/s3-server/index.ts";
import { type SnsServer, startSnsServer } from "../support/sns-server.ts";
import { committedStacks, objects, PARAMETERS, SHARED, stackOf } from "./committed.ts";
import { allows, type Resolved, type Statement, statementsOf } from "./resolved.ts";

type Json = Record<string, unknown>;
const TSX = import.meta.resolve("tsx");
const ENTRY = fileURLToPath(new URL("../../src/cli/bin/pg-bronze.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUCKET = "bronze";
const DUE = "2026-11-30T23:59:30Z";
const COUNTIES = ["48113", "48201", "48453", "26163", "39035"];

/** A lookup and its counties, as config/ describes them. */
const SOURCE = `
  CREATE TABLE public.verse (id int PRIMARY KEY, admin0 text, admin1 text, admin2 text, admin3 text, geoid text, table_name text,
    filename_stem text, total_objects int, last_refresh date, wkb_geometry bytea);
  ${COUNTIES.map(
    (geoid, i) => `
      CREATE TABLE public.c${geoid} (geoid text, ll_uuid uuid, owner text, wkb_geometry bytea);
      INSERT INTO public.c${geoid} SELECT '${geoid}', gen_random_uuid(), 'owner ' || i,
        '\\x0101000020e6100000000000000000f03f0000000000000040' FROM generate_series(1, 3) i;
      INSERT INTO public.verse VALUES (${i}, 'us', 'tx', 'county', NULL, '${geoid}', 'c${geoid}', 'stem_${geoid}', 3, '2026-10-01',
        '\\x0101000020e6100000000000000000f03f0000000000000040');`,
  ).join("")}`;

describe("a schedule of the committed template, delivered twice", () => {
  for (const object of objects) {
    describe(`of ${object.name}`, () => {
      let place: Place;
      before(async () => {
        place = await makePlace(object);
        await place.deliver("Schedule", DUE);
        await place.deliver("Schedule", DUE);
        await place.batch.engine.idle();
      });
      after(() => place.close());

      it("plans, submits, follows and publishes one run of everything, under the date it was due", async () => {
        const dispatchers = place.batch.engine.jobs.filter(({ submission }) => submission.queue === "pg-bronze-dispatch");
        assert.deepEqual(
          dispatchers.map(({ status, submission }) => [submission.input.jobName, status]),
          [1, 2].map(() => [`${object.name}-dispatch`, "SUCCEEDED"]),
          await place.log(),
        );
        const ledger = `_pg_bronze/object=${object.name}/`;
        const plans = place.keys().filter((key) => key.startsWith(ledger) && key.endsWith("/plan.json"));
        assert.equal(plans.length, 1, plans.join());
        const { published } = JSON.parse(await place.text(`${ledger}current.json`)) as Current;
        assert.equal(published?.snapshot_dt, "2026-11-30");
        assert.ok(plans[0]!.includes(`run=${published.run}/`));
        const landed = place.keys().filter((key) => key.endsWith(".parquet"));
        assert.equal(landed.length, object.isSharded ? COUNTIES.length : 1, landed.join());
        for (const key of landed) assert.match(key, /snapshot_dt=2026-11-30\//);
      });

      it("tells the topic once how it went", () => {
        assert.deepEqual(
          place.sns.messages.map(({ attributes }) => attributes),
          [{ object: object.name, outcome: "whole" }],
        );
      });

      it("runs each job with the definition's command, environment and secret, and units of connections", () => {
        const extracts = place.batch.engine.jobs.filter(({ submission }) => submission.queue === object.entry.batch_queue);
        assert.ok(extracts.length > 0);
        for (const { submission } of extracts) {
          assert.equal(submission.definition.jobDefinitionName, object.entry.batch_job_definition);
          assert.deepEqual(submission.command, ["extract"]);
          assert.equal(Object.values(submission.resources)[0], object.connections);
        }
      });

      it("measures how old the data is, daily, as the alarm wants it", async () => {
        await place.deliver("FreshnessSchedule", "2026-12-01T12:00:00Z");
        await place.batch.engine.idle();
        const job = place.batch.engine.jobs.at(-1)!;
        assert.equal(job.submission.input.jobName, `${object.name}-freshness`);
        assert.equal(job.status, "SUCCEEDED", await place.log());
        const lines = (await place.log(job.id)).split("\n").filter((line) => line.includes('"_aws"'));
        const [{ _aws, object: name, snapshot_age_seconds: age }] = lines.map((line) => JSON.parse(line) as Json) as [Json];
        assert.equal(name, object.name);
        assert.ok(Number(age) >= 0 && Number(age) < 600, `${age}`);
        const [{ Namespace, Dimensions, Metrics }] = (_aws as { CloudWatchMetrics: [Json] }).CloudWatchMetrics;
        const alarm = place.alarms.find(({ MetricName }) => MetricName === "snapshot_age_seconds")!;
        assert.equal(Namespace, alarm["Namespace"]);
        assert.deepEqual(Dimensions, [(alarm["Dimensions"] as { Name: string }[]).map(({ Name }) => Name)]);
        assert.deepEqual(Metrics, [{ Name: alarm["MetricName"], Unit: "Seconds" }]);
      });

      it("asks S3, Batch and SNS for nothing that the roles don't allow", () => {
        const asked = place.asked();
        assert.ok(asked.some(({ who, action }) => who === "DispatchRole" && action === "batch:SubmitJob"));
        assert.ok(asked.some(({ who, action }) => who === "JobRole" && action === "s3:PutObject"));
        for (const { who, action, resource, context } of asked) {
          assert.ok(allows(place.roles[who], action, resource, context), `${who} may not ${action} ${resource}`);
        }
      });
    });
  }
});

interface Asked {
  readonly who: "JobRole" | "DispatchRole";
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

interface Place {
  readonly batch: BatchServer;
  readonly sns: SnsServer;
  readonly roles: Readonly<Record<"JobRole" | "DispatchRole" | "ScheduleRole", readonly Statement[]>>;
  /** EventBridge Scheduler invokes the target of a schedule. */
  deliver(schedule: string, due: string): Promise<void>;
  keys(): string[];
  text(key: string): Promise<string>;
  /** What jobs asked of S3 and Batch, in IAM's words. */
  asked(): readonly Asked[];
  readonly alarms: readonly Json[];
  /** What a job said, or all. */
  log(job?: string): Promise<string>;
  close(): Promise<void>;
}

/** Each role has credentials of its own, by which requests are known. */
const KEYS = {
  JobRole: { accessKeyId: "JOBKEY", secretAccessKey: "job-secret" },
  DispatchRole: TEST_CREDENTIALS,
} as const;

async function makePlace(object: InfraObject): Promise<Place> {
  const { shared, objects: stacks } = await committedStacks({ BronzeBucket: BUCKET });
  const stack = stacks.get(object.name)!;
  const database = await testDatabase();
  await database.query(SOURCE);
  const s3 = await startS3Server({ buckets: [BUCKET], credentials: Object.values(KEYS) });
  const sns = await startSnsServer(shared.exports.get(`${SHARED}-TopicArn`));
  const logFolder = await mkdtemp(join(tmpdir(), "schedule-"));
  const queues = [shared, stack].flatMap((one) => ofType(one, "AWS::Batch::JobQueue").map((of) => String(of["JobQueueName"])));
  const definitions = ofType(stack, "AWS::Batch::JobDefinition").map(definitionOf);
  const connections = ofType(shared, "AWS::Batch::ConsumableResource")[0]!;
  const resource = `arn:aws:batch:us-east-2:123456789012:consumable-resource/${connections["ConsumableResourceName"]}`;
  const batch: BatchServer = await startBatchServer({
    queues: queues.map((name) => testQueue(name)),
    definitions,
    maxVcpus: 2,
    resources: { [resource]: 2 },
    run: (attempt) => run(attempt),
  });
  const run = runner(object, { database, s3, sns, logFolder, batchEnv: () => batch.env });
  const roles = {
    JobRole: statementsOf(stack, "JobRole", stackOf(object)),
    DispatchRole: statementsOf(stack, "DispatchRole", stackOf(object)),
    ScheduleRole: statementsOf(stack, "ScheduleRole", stackOf(object)),
  };
  return {
    batch,
    sns,
    roles,
    deliver: (schedule, due) => deliver(stack.resources.get(schedule)!.Properties, due, batch, roles.ScheduleRole),
    keys: () => [...s3.bucket(BUCKET).objects.keys()],
    text: async (key) => {
      const { bodies } = s3.bucket(BUCKET).objects.get(key)!;
      return (await Promise.all(bodies.map(({ path }) => readFile(path, "utf8")))).join("");
    },
    asked: () => [
      ...askedOfS3(s3),
      ...askedOfBatch(batch),
      ...sns.messages.map(({ topic }) => ({ who: "DispatchRole", action: "sns:Publish", resource: topic }) as const),
    ],
    alarms: ofType(stack, "AWS::CloudWatch::Alarm"),
    log: async (job = "") => {
      const files = (await readdir(logFolder)).filter((file) => file.startsWith(job)).sort();
      return (await Promise.all(files.map((file) => readFile(join(logFolder, file), "utf8")))).join("\n").slice(0, 8_000);
    },
    close: async () => {
      await batch.close();
      await sns.close();
      await s3.close();
      await database.drop();
      await rm(logFolder, { recursive: true });
    },
  };
}

function ofType({ resources }: Resolved, type: string): Json[] {
  return [...resources.values()].filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
}

function definitionOf(template: Json): Definition {
  const { jobDefinitionName, ...definition } = lowerKeys(template) as Json & { jobDefinitionName: string };
  return testDefinition(jobDefinitionName, definition);
}

/** Keys as Batch's own interface has them; names and values of tags and of log options stay. */
function lowerKeys(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(lowerKeys);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key[0]!.toLowerCase() + key.slice(1), lowerKeys(value)]));
}

interface Surroundings {
  readonly database: TestDatabase;
  readonly s3: S3Server;
  readonly sns: SnsServer;
  readonly logFolder: string;
  batchEnv(): Readonly<Record<string, string>>;
}

/** Runs the image's entry point with what Fargate gives a task: the definition's environment, its secrets, its role's credentials. */
function runner(object: InfraObject, { database, s3, sns, logFolder, batchEnv }: Surroundings) {
  return (attempt: Attempt) => {
    const { containerProperties } = attempt.job.submission.definition;
    const secrets = (containerProperties?.secrets ?? []).map(({ name, valueFrom }) => {
      assert.equal(valueFrom, PARAMETERS.LinodeDsnArn);
      return [name!, database.dsn];
    });
    const role = Object.keys(KEYS).find((name) => containerProperties?.jobRoleArn?.endsWith(`/${stackOf(object)}-${name}`));
    const { accessKeyId, secretAccessKey } = KEYS[role as keyof typeof KEYS];
    return processRunner({
      entryPoint: [process.execPath, "--import", TSX, ENTRY],
      cwd: ROOT,
      logFolder,
      env: {
        ...Object.fromEntries(secrets),
        ...sns.env,
        AWS_ENDPOINT_URL_S3: s3.endpoint,
        AWS_ENDPOINT_URL_BATCH: batchEnv()["AWS_ENDPOINT_URL_BATCH"]!,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_EC2_METADATA_DISABLED: "true",
      },
    })(attempt);
  };
}

/** As EventBridge Scheduler does it: context attributes become values, the role's policy decides, SubmitJob. */
async function deliver(schedule: Json, due: string, batch: BatchServer, role: readonly Statement[]): Promise<void> {
  const { Arn, Input } = schedule["Target"] as { Arn: string; Input: string };
  assert.equal(Arn, "arn:aws:scheduler:::aws-sdk:batch:submitJob");
  const input = lowerKeys(JSON.parse(Input.replaceAll("<aws.scheduler.scheduled-time>", due))) as SubmitJobCommandInput;
  for (const resource of [input.jobQueue!, `arn:aws:batch:us-east-2:123456789012:job-definition/${input.jobDefinition}`]) {
    assert.ok(allows(role, "batch:SubmitJob", resource), `the schedule's role may not submit with ${resource}`);
  }
  const client = new BatchClient({
    endpoint: batch.endpoint,
    region: "us-east-2",
    credentials: { accessKeyId: batch.env["AWS_ACCESS_KEY_ID"]!, secretAccessKey: "test-secret" },
  });
  await client.send(new SubmitJobCommand(input));
  client.destroy();
}

/** Source: Service Authorization Reference, Amazon S3. */
const S3_ACTIONS: Readonly<Record<string, string>> = {
  PutObject: "s3:PutObject",
  CreateMultipartUpload: "s3:PutObject",
  UploadPart: "s3:PutObject",
  CompleteMultipartUpload: "s3:PutObject",
  AbortMultipartUpload: "s3:AbortMultipartUpload",
  ListParts: "s3:ListMultipartUploadParts",
  GetObject: "s3:GetObject",
  HeadObject: "s3:GetObject",
  DeleteObject: "s3:DeleteObject",
  ListObjectsV2: "s3:ListBucket",
  HeadBucket: "s3:ListBucket",
};

function askedOfS3(s3: S3Server): Asked[] {
  return s3.requests.map(({ operation, bucket, key, headers }) => {
    const caller = /Credential=([^/]+)\//.exec(headers.authorization ?? "")?.[1];
    const who = caller === KEYS.JobRole.accessKeyId ? "JobRole" : "DispatchRole";
    const arn = `arn:aws:s3:::${bucket}`;
    const action = S3_ACTIONS[operation];
    assert.ok(action, `what IAM calls ${operation} is not known here`);
    return { who, action, resource: action === "s3:ListBucket" ? arn : `${arn}/${key}` };
  });
}

function askedOfBatch(batch: BatchServer): Asked[] {
  const bySchedules = /-(dispatch|freshness)$/;
  const byJobs = batch.requests.filter(({ input }) => !bySchedules.test(String((input as { jobName?: string }).jobName)));
  return byJobs.flatMap(({ operation, input }): Asked[] => {
    const action = `batch:${operation}`;
    if (operation !== "SubmitJob") return [{ who: "DispatchRole", action, resource: "*" }];
    const { jobQueue, jobDefinition } = input as { jobQueue: string; jobDefinition: string };
    const arn = (kind: string, name: string) =>
      name.startsWith("arn:") ? name : `arn:aws:batch:us-east-2:123456789012:${kind}/${name}`;
    return [arn("job-queue", jobQueue), arn("job-definition", jobDefinition)].map((resource) => ({
      who: "DispatchRole",
      action,
      resource,
    }));
  });
}
