import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { committedFiles, synthesize } from "../../infra/lib/committed.ts";
import { dispatchName } from "../../infra/lib/job-definition.ts";
import { bronzeOf, type InfraObject, loadInfraObjects } from "../../infra/lib/objects.ts";
import { pascal } from "../../infra/lib/parameters.ts";
import { loadObject } from "../../src/patterns/load.ts";
import { EVALUATE_ON_EXIT } from "../../src/submit/batch/evaluate-on-exit.ts";
import { fargateProblem } from "../../src/submit/batch/fargate.ts";
import { METRICS } from "../../src/submit/metrics.ts";
import { committed, committedStacks, objects, PARAMETERS, SHARED, stackOf } from "./committed.ts";
import { allows, type Resolved, resolveTemplate, type Statement, statementsOf, type Template } from "./resolved.ts";

type Json = Record<string, unknown>;
const files = committedFiles(objects);
const stacks = await committedStacks();
const flat = (value: unknown): string => JSON.stringify(value);
const properties = ({ resources }: Resolved, id: string): Json => resources.get(id)!.Properties;
const ofType = ({ resources }: Resolved, type: string): Json[] =>
  [...resources.values()].filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
const BUCKET = `arn:aws:s3:::${objects[0]!.bucket}`;

describe("files made from the registry", () => {
  for (const [path, text] of files) {
    it(`${path} is not stale (npm run synth)`, async () => assert.equal(await committed(path), text));
  }

  it("are all that there is: nothing is left of an object that the registry lost", async () => {
    const root = fileURLToPath(new URL("../../", import.meta.url));
    for (const folder of ["infra/by-hand", "infra/objects"]) {
      const found = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
      const made = found
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(root.length));
      assert.deepEqual(made.sort(), [...files.keys()].filter((path) => path.startsWith(folder)).sort());
    }
  });

  it("are the same from run to run", () => {
    assert.deepEqual(synthesize(objects), synthesize(objects));
  });

  it("are templates that CloudFormation takes in a request, however many objects there are", () => {
    const parcel = objects.find(({ name }) => name === "parcel")!;
    const ten = Array.from({ length: 10 }, (_, i) => ({ ...parcel, name: `object${i}`, dsnEnv: `DSN_${i}` }));
    const texts = [...committedFiles(ten)].filter(([path]) => /^infra\/(template|objects\/\w+)\.json$/.test(path));
    assert.equal(texts.length, 11);
    for (const [path, text] of [...files, ...texts]) {
      if (path.startsWith("infra/by-hand")) continue;
      assert.ok(Buffer.byteLength(text) < 51_200, `${path}: ${Buffer.byteLength(text)} bytes`);
    }
  });
});

for (const object of objects) {
  const stack = stacks.objects.get(object.name)!;
  const role = (id: string): readonly Statement[] => statementsOf(stack, id, stackOf(object));
  const container = (id: string): Json => properties(stack, id)["ContainerProperties"] as Json;

  describe(`the stack of ${object.name}`, () => {
    it("has the queue and the job definition that the registry names", () => {
      const { JobQueueName, State, ComputeEnvironmentOrder } = properties(stack, "Queue");
      const ComputeEnvironment = stacks.shared.exports.get(`${SHARED}-ComputeArn`);
      assert.deepEqual(
        { JobQueueName, State, ComputeEnvironmentOrder },
        { JobQueueName: object.entry.batch_queue, State: "ENABLED", ComputeEnvironmentOrder: [{ Order: 1, ComputeEnvironment }] },
      );
      assert.equal(properties(stack, "JobDefinition")["JobDefinitionName"], object.entry.batch_job_definition);
    });

    it("extracts itself, as itself, with a size that Fargate sells", () => {
      for (const [definition, taken] of [
        ["JobDefinition", "JobRole"],
        ["DispatchDefinition", "DispatchRole"],
      ] as const) {
        const { JobRoleArn, ExecutionRoleArn, Environment, ReadonlyRootFilesystem, ResourceRequirements } = container(definition);
        assert.equal(JobRoleArn, `arn:aws:iam::123456789012:role/${stackOf(object)}-${taken}`);
        assert.equal(ExecutionRoleArn, `arn:aws:iam::123456789012:role/${stackOf(object)}-ExecutionRole`);
        assert.ok(flat(Environment).includes(`{"Name":"OBJECT","Value":"${object.name}"}`));
        assert.equal(ReadonlyRootFilesystem, true);
        const [vcpu, memory] = (ResourceRequirements as { Value: string }[]).map(({ Value }) => Number(Value));
        assert.equal(fargateProblem(vcpu!, memory!), null);
      }
    });

    it("reads its DSN from Secrets Manager, never from a plain variable", () => {
      const { Secrets, Environment } = container("JobDefinition");
      assert.deepEqual(Secrets, [{ Name: object.dsnEnv, ValueFrom: PARAMETERS.LinodeDsnArn }]);
      assert.ok(!flat(Environment).includes(object.dsnEnv));
      assert.ok(allows(role("ExecutionRole"), "secretsmanager:GetSecretValue", PARAMETERS.LinodeDsnArn));
      assert.ok(!allows(role("ExecutionRole"), "secretsmanager:GetSecretValue", `${PARAMETERS.LinodeDsnArn}x`));
    });

    it("touches its own keys alone", () => {
      const others = objects.filter((other) => other !== object).flatMap(({ prefixes }) => prefixes);
      for (const taken of ["JobRole", "DispatchRole"]) {
        for (const action of ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]) {
          for (const prefix of object.prefixes)
            assert.ok(allows(role(taken), action, `${BUCKET}/${prefix}x`), `${taken} lacks ${prefix}`);
          for (const prefix of [...others, "", "other/"]) assert.ok(!allows(role(taken), action, `${BUCKET}/${prefix}x`));
        }
        assert.ok(allows(role(taken), "s3:ListBucket", BUCKET, { "s3:prefix": `${object.prefixes[0]}a` }));
        assert.ok(!allows(role(taken), "s3:ListBucket", BUCKET, { "s3:prefix": others[0] ?? "other/" }));
      }
    });

    it("lets its job do nothing in Batch, and its dispatcher submit its own job to its own queue", () => {
      assert.ok(!flat(role("JobRole")).includes("batch:"));
      const submit = role("DispatchRole").find(({ Action }) => Action.includes("batch:SubmitJob"))!;
      const own = `arn:aws:batch:us-east-2:123456789012:job-definition/${object.entry.batch_job_definition}`;
      assert.deepEqual(submit.Resource, [
        `arn:aws:batch:us-east-2:123456789012:job-queue/${object.entry.batch_queue}`,
        own,
        `${own}:*`,
      ]);
    });

    it("is scheduled at its cadence, when schedules are enabled", async () => {
      const { ScheduleExpression, ScheduleExpressionTimezone, State, GroupName } = properties(stack, "Schedule");
      assert.deepEqual([ScheduleExpression, ScheduleExpressionTimezone, State], [object.entry.cadence, "UTC", "ENABLED"]);
      assert.equal(GroupName, "pg-bronze");
      const asleep = (await committedStacks({ Schedules: "DISABLED" })).objects.get(object.name)!;
      for (const id of ["Schedule", "FreshnessSchedule"]) assert.equal(properties(asleep, id)["State"], "DISABLED");
      assert.ok(!asleep.resources.has("NotFresh"), "nothing measures what nobody scheduled");
    });

    it("keeps what a schedule could not submit, and may", () => {
      for (const id of ["Schedule", "FreshnessSchedule"]) {
        const { DeadLetterConfig, RoleArn } = properties(stack, id)["Target"] as {
          DeadLetterConfig: { Arn: string };
          RoleArn: string;
        };
        assert.ok(allows(role("ScheduleRole"), "sqs:SendMessage", DeadLetterConfig.Arn));
        assert.equal(RoleArn, `arn:aws:iam::123456789012:role/${stackOf(object)}-ScheduleRole`);
      }
      const trust = flat(properties(stack, "ScheduleRole")["AssumeRolePolicyDocument"]);
      assert.match(trust, /scheduler\.amazonaws\.com.*schedule-group\/pg-bronze"/);
    });

    it("has its dispatcher tell the topic how a run went, and a rule tell of one that could not", () => {
      const topic = "arn:aws:sns:us-east-2:123456789012:pg-bronze";
      const { Environment } = container("DispatchDefinition");
      assert.ok(flat(Environment).includes(`{"Name":"PG_BRONZE_TOPIC_ARN","Value":"${topic}"}`));
      assert.ok(allows(role("DispatchRole"), "sns:Publish", topic));
      assert.ok(!flat(container("JobDefinition")).includes("TOPIC"));
      const { EventPattern, Targets } = properties(stack, "DispatcherLost") as {
        EventPattern: { detail: Json };
        Targets: Json[];
      };
      const { status, jobName, $or } = EventPattern.detail;
      assert.deepEqual({ status, jobName }, { status: ["FAILED"], jobName: [dispatchName(object)] });
      // Exit 2: it told the topic itself.
      assert.deepEqual($or, [
        { container: { exitCode: [{ "anything-but": [2] }] } },
        { container: { exitCode: [{ exists: false }] } },
      ]);
      assert.deepEqual(
        Targets.map(({ Arn }) => Arn),
        [topic],
      );
    });

    it("alarms by the metrics that jobs write, once for each thing, and not for a county", () => {
      const alarms = ofType(stack, "AWS::CloudWatch::Alarm");
      assert.deepEqual(
        alarms.map(({ MetricName, TreatMissingData, AlarmActions }) => [
          MetricName,
          TreatMissingData,
          AlarmActions !== undefined,
        ]),
        [
          ["snapshot_age_seconds", "breaching", true],
          ["stalled_seconds", "notBreaching", true],
          ["incomplete", "ignore", false],
        ],
      );
      for (const { MetricName } of alarms)
        assert.equal(METRICS[MetricName as keyof typeof METRICS] !== undefined, true, String(MetricName));
      for (const { Namespace, Dimensions, Period, EvaluationPeriods } of alarms as { [key: string]: never }[]) {
        assert.equal(Namespace, "pg-bronze");
        assert.deepEqual(Dimensions, [{ Name: "object", Value: object.name }]);
        // CloudWatch looks back a week at most, and a day where a period is shorter than an hour.
        assert.ok(Number(Period) * Number(EvaluationPeriods) <= (Number(Period) < 3600 ? 86_400 : 604_800));
      }
    });

    it("holds as many connections as its config opens", () => {
      const { ConsumableResourceList } = properties(stack, "JobDefinition")["ConsumableResourceProperties"] as Json;
      const ConsumableResource = "arn:aws:batch:us-east-2:123456789012:consumable-resource/pg-connections";
      assert.deepEqual(ConsumableResourceList, [{ ConsumableResource, Quantity: object.connections }]);
    });
  });
}

describe("the stacks", () => {
  const all = [stacks.shared, ...stacks.objects.values()];

  it("retry by the same rules as jobs that submit-aws submits", () => {
    const capitals = EVALUATE_ON_EXIT.map((rule) =>
      Object.fromEntries(Object.entries(rule).map(([key, value]) => [key[0]!.toUpperCase() + key.slice(1), value])),
    );
    for (const { RetryStrategy, Timeout } of all.flatMap((stack) => ofType(stack, "AWS::Batch::JobDefinition"))) {
      assert.deepEqual((RetryStrategy as Json)["EvaluateOnExit"], capitals);
      assert.ok(Number((Timeout as Json)["AttemptDurationSeconds"]) >= 60);
    }
  });

  it("serve dispatchers before the objects' jobs, from a queue in which no county waits", () => {
    const [dispatch, ...others] = all.flatMap((stack) => ofType(stack, "AWS::Batch::JobQueue"));
    assert.equal(dispatch!["JobQueueName"], "pg-bronze-dispatch");
    for (const { Priority, JobQueueName } of others) {
      assert.ok(Number(Priority) < Number(dispatch!["Priority"]));
      assert.ok(objects.some(({ entry }) => entry.batch_queue === JobQueueName));
    }
  });

  it("end what can't start, within what Batch takes, and keep Batch's word of it for people", () => {
    for (const stack of all) {
      const [queue] = ofType(stack, "AWS::Batch::JobQueue");
      for (const { Reason, State, Action, MaxTimeSeconds } of queue!["JobStateTimeLimitActions"] as Json[]) {
        assert.match(
          String(Reason),
          /^(CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY|MISCONFIGURATION:(COMPUTE_ENVIRONMENT_MAX_RESOURCE|JOB_RESOURCE_REQUIREMENT))$/,
        );
        assert.deepEqual([State, Action], ["RUNNABLE", "CANCEL"]);
        assert.ok(Number(MaxTimeSeconds) >= 600 && Number(MaxTimeSeconds) <= 86_400);
      }
      const rules = ofType(stack, "AWS::Events::Rule").filter(({ EventPattern }) =>
        flat(EventPattern).includes("Batch Job Queue Blocked"),
      );
      assert.equal(rules.length, 1);
      const [{ Arn }] = rules[0]!["Targets"] as [{ Arn: string }];
      assert.equal(Arn, stacks.shared.exports.get(`${SHARED}-BlockedQueuesArn`));
      assert.match(String(rules[0]!["Name"]), /^pg-bronze-/);
    }
    const policy = ofType(stacks.shared, "AWS::SQS::QueuePolicy")[0]!;
    assert.match(flat(policy), /events\.amazonaws\.com.*sqs:SendMessage.*rule\/pg-bronze-\*/);
  });

  it("start nothing by themselves, open nothing to the outside, and keep what was landed", async () => {
    for (const { name } of objects) {
      const { Parameters } = JSON.parse(await committed(`infra/objects/${name}.json`)) as Template;
      assert.equal(Parameters!["Schedules"]!.Default, "DISABLED");
    }
    assert.equal(properties(stacks.shared, "SecurityGroup")["SecurityGroupIngress"], undefined);
    assert.ok(!stacks.shared.resources.has("Bucket"), "a bucket is made when it is asked for");
  });

  it("make a bucket that is private, versioned, by TLS alone, and outlives them", async () => {
    const { shared } = await committedStacks({ CreateBucket: "yes" });
    const bucket = shared.resources.get("Bucket") as unknown as { DeletionPolicy: string; Properties: Json };
    assert.equal(bucket.DeletionPolicy, "Retain");
    assert.deepEqual(bucket.Properties["VersioningConfiguration"], { Status: "Enabled" });
    assert.match(flat(bucket.Properties["LifecycleConfiguration"]), /"DaysAfterInitiation":2.*"NoncurrentDays":30/);
    assert.deepEqual(new Set(Object.values(bucket.Properties["PublicAccessBlockConfiguration"] as Json)), new Set([true]));
    assert.match(flat(bucket.Properties["BucketEncryption"]), /"SSEAlgorithm":"AES256"/);
    const { PolicyDocument } = properties(shared, "BucketPolicy");
    assert.match(flat(PolicyDocument), /"Effect":"Deny","Principal":"\*".*"Bool":\{"aws:SecureTransport":"false"\}/);
  });

  it("let jobs use the keys that encrypt bucket and secret, and no other", async () => {
    const bucketKey = "arn:aws:kms:us-east-2:123456789012:key/bucket";
    const secretKey = "arn:aws:kms:us-east-2:123456789012:key/secret";
    const keyed = await committedStacks({ BucketKmsKeyArn: bucketKey, DsnKmsKeyArn: secretKey, CreateBucket: "yes" });
    assert.match(
      flat(properties(keyed.shared, "Bucket")["BucketEncryption"]),
      /"KMSMasterKeyID":"[^"]*key\/bucket".*"aws:kms"|"aws:kms".*key\/bucket/,
    );
    for (const object of objects) {
      const stack = keyed.objects.get(object.name)!;
      for (const role of ["JobRole", "DispatchRole"]) {
        const statements = statementsOf(stack, role, stackOf(object));
        for (const action of ["kms:Decrypt", "kms:GenerateDataKey"]) assert.ok(allows(statements, action, bucketKey));
        assert.ok(!allows(statements, "kms:Decrypt", secretKey));
      }
      const execution = statementsOf(stack, "ExecutionRole", stackOf(object));
      assert.ok(allows(execution, "kms:Decrypt", secretKey) && !allows(execution, "kms:Decrypt", bucketKey));
      const without = stacks.objects.get(object.name)!;
      assert.ok(!allows(statementsOf(without, "JobRole", stackOf(object)), "kms:Decrypt", bucketKey));
      assert.ok(!allows(statementsOf(without, "ExecutionRole", stackOf(object)), "kms:Decrypt", secretKey));
    }
  });

  it("export nothing empty, which CloudFormation refuses, and say whom to let in at the source", () => {
    for (const [name, value] of stacks.shared.exports) assert.ok(value !== "", name);
    const { Outputs } = JSON.parse(files.get("infra/template.json")!) as Template;
    for (const output of ["SecurityGroupId", "DispatchQueueName", "RepositoryUri"]) assert.ok(Outputs![output], output);
  });

  it("are made for an object that the registry gains", () => {
    const parcel = objects.find(({ name }) => name === "parcel")!;
    const entry = { ...parcel.entry, batch_queue: "addresses-queue", batch_job_definition: "addresses-extract" };
    const prefixes = ["linode/dataset=addresses/", "_pg_bronze/object=addresses/"];
    const addresses: InfraObject = { ...parcel, name: "addresses", entry, prefixes, dsnEnv: "OTHER_DSN", connections: 2 };
    const grown = synthesize([...objects, addresses]).objects.get("addresses") as unknown as Template;
    const parameters = { ...PARAMETERS, [`${pascal("OTHER_DSN")}Arn`]: PARAMETERS.LinodeDsnArn };
    const stack = resolveTemplate(grown, "pg-bronze-prod-addresses", parameters, stacks.shared.exports);
    assert.equal(properties(stack, "Queue")["JobQueueName"], "addresses-queue");
    assert.equal(properties(stack, "JobDefinition")["JobDefinitionName"], "addresses-extract");
  });
});

describe("the registry's objects", () => {
  it("are in the stack when they name a queue and a job definition, and refused with one of the two", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "infra-registry-"));
    t.after(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, "config"));
    const load = async (fields: string) => {
      const entry = `config: config/parcel_extract_config.yaml, cadence: rate(7 days)${fields}`;
      await writeFile(join(folder, "config/registry.yaml"), `objects: { parcel: { ${entry} } }\n`);
      return loadInfraObjects({}, folder);
    };
    assert.deepEqual(await load(""), []);
    await assert.rejects(load(", batch_queue: q"), /objects\.parcel\.batch_job_definition is missing: AWS Batch needs it/);
    const [parcel] = await load(", batch_queue: q, batch_job_definition: d");
    assert.equal(parcel?.isSharded, true);
  });
});

describe("an object's keys", () => {
  it("begin with its own folder; a key without one, or a sink that is no bucket, is refused", async () => {
    const { config } = await loadObject("parcel", {});
    assert.deepEqual(bronzeOf(config).prefixes, ["linode/dataset=parcel/", "_pg_bronze/object=parcel/"]);
    const under = { ...config, sink: { ...config.sink, bucket: undefined, url: "s3://lake/bronze/raw/" } } as typeof config;
    assert.deepEqual(bronzeOf(under), {
      bucket: "lake",
      prefixes: ["bronze/raw/linode/dataset=parcel/", "bronze/raw/_pg_bronze/object=parcel/"],
    });
    const loose = { ...config, sink: { ...config.sink, key: "{table_name}/{object}.parquet" } };
    assert.throws(() => bronzeOf(loose), /begin with a folder that is the object's own/);
    const local = { ...config, sink: { ...config.sink, bucket: undefined, url: "file:///bronze" } } as typeof config;
    assert.throws(() => bronzeOf(local), /lands in S3, not in file/);
  });
});
