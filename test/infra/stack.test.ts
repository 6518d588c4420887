import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  BatchClient,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  RegisterJobDefinitionCommand,
  type RegisterJobDefinitionCommandInput,
  SubmitJobCommand,
} from "@aws-sdk/client-batch";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { Match, Template } from "aws-cdk-lib/assertions";
import { committedFiles, synthesize } from "../../infra/lib/committed.ts";
import { dispatchName } from "../../infra/lib/job-definition.ts";
import { bronzeOf, type InfraObject, loadInfraObjects } from "../../infra/lib/objects.ts";
import { pascal } from "../../infra/lib/parameters.ts";
import { loadObject } from "../../src/patterns/load.ts";
import { EVALUATE_ON_EXIT } from "../../src/submit/batch/evaluate-on-exit.ts";
import { fargateProblem } from "../../src/submit/batch/fargate.ts";
import { findMoto, startMoto } from "../support/moto.ts";
import { createNetwork, createStack, forMoto } from "./moto-stack.ts";

const objects = await loadInfraObjects({});
const files = committedFiles(objects);
const template = Template.fromString(files.get("infra/template.json")!);
const committed = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

type Json = Record<string, unknown>;
const properties = (id: string): Json => (template.toJSON()["Resources"] as Record<string, { Properties: Json }>)[id]!.Properties;
/** All strings of a value, Refs and parts of Fn::Join included, in one line. */
const flat = (value: unknown): string => JSON.stringify(value);
const statements = (role: string): Json[] =>
  (properties(role)["Policies"] as { PolicyDocument: { Statement: Json[] } }[]).flatMap(
    (policy) => policy.PolicyDocument.Statement,
  );

describe("files made from the registry", () => {
  for (const [path, text] of files) {
    it(`${path} is not stale (npm run synth)`, async () => assert.equal(await committed(path), text));
  }

  it("are the same from run to run", () => {
    assert.deepEqual(synthesize(objects), synthesize(objects));
  });
});

for (const object of objects) {
  const id = pascal(object.name);
  describe(`the stack's ${object.name}`, () => {
    it("has the queue and the job definition that the registry names", () => {
      template.hasResourceProperties("AWS::Batch::JobQueue", {
        JobQueueName: object.entry.batch_queue,
        State: "ENABLED",
        ComputeEnvironmentOrder: [{ Order: 1, ComputeEnvironment: { Ref: "Compute" } }],
      });
      assert.equal(properties(`${id}JobDefinition`)["JobDefinitionName"], object.entry.batch_job_definition);
    });

    it("extracts itself, as itself, with a size that Fargate sells", () => {
      for (const [definition, role] of [
        [`${id}JobDefinition`, `${id}JobRole`],
        [`${id}DispatchDefinition`, `${id}DispatchRole`],
      ] as const) {
        const container = properties(definition)["ContainerProperties"] as Json;
        assert.deepEqual(container["JobRoleArn"], { "Fn::GetAtt": [role, "Arn"] });
        assert.deepEqual(container["ExecutionRoleArn"], { "Fn::GetAtt": [`${id}ExecutionRole`, "Arn"] });
        assert.ok(flat(container["Environment"]).includes(`{"Name":"OBJECT","Value":"${object.name}"}`));
        assert.equal(container["ReadonlyRootFilesystem"], true);
        const [vcpu, memory] = (container["ResourceRequirements"] as { Value: string }[]).map(({ Value }) => Number(Value));
        assert.equal(fargateProblem(vcpu!, memory!), null);
      }
    });

    it("reads its DSN from Secrets Manager, never from a plain variable", () => {
      const container = properties(`${id}JobDefinition`)["ContainerProperties"] as Json;
      assert.deepEqual(container["Secrets"], [{ Name: object.dsnEnv, ValueFrom: { Ref: `${pascal(object.dsnEnv)}Arn` } }]);
      assert.ok(!flat(container["Environment"]).includes(object.dsnEnv));
      const reads = statements(`${id}ExecutionRole`).find(({ Sid }) => Sid === "ReadDsn");
      assert.deepEqual(reads?.["Resource"], [{ Ref: `${pascal(object.dsnEnv)}Arn` }]);
    });

    it("touches its own keys alone", () => {
      const others = objects.filter((other) => other !== object).flatMap(({ prefixes }) => prefixes);
      for (const role of [`${id}JobRole`, `${id}DispatchRole`]) {
        const s3 = statements(role).filter(({ Action }) => flat(Action).includes("s3:"));
        for (const prefix of object.prefixes) assert.ok(flat(s3).includes(`/${prefix}*`), `${role} lacks ${prefix}`);
        for (const prefix of others) assert.ok(!flat(s3).includes(prefix), `${role} reaches ${prefix}`);
        for (const { Resource, Action } of s3) {
          if (flat(Action).includes("ListBucket")) continue;
          for (const resource of Resource as unknown[])
            assert.match(flat(resource), /=[a-z]+\/\*"/, "a key without an own folder");
        }
      }
    });

    it("lets its job do nothing in Batch, and its dispatcher submit its own job to its own queue", () => {
      assert.ok(!flat(statements(`${id}JobRole`)).includes("batch:"));
      const submit = statements(`${id}DispatchRole`).find(({ Sid }) => Sid === "SubmitToOwnQueue")!;
      const [queue, ...definitions] = submit["Resource"] as unknown[];
      assert.deepEqual(queue, { Ref: `${id}Queue` });
      for (const definition of definitions)
        assert.match(flat(definition), new RegExp(`:job-definition/${object.entry.batch_job_definition}(:\\*)?"`));
    });

    it("is scheduled at its cadence: the role may submit just what the schedule submits", () => {
      const schedule = properties(`${id}Schedule`);
      assert.equal(schedule["ScheduleExpression"], object.entry.cadence);
      assert.deepEqual(schedule["State"], { Ref: "Schedules" });
      const target = schedule["Target"] as Json;
      assert.deepEqual(target["RoleArn"], { "Fn::GetAtt": [`${id}ScheduleRole`, "Arn"] });
      const [, parts] = (target["Input"] as { "Fn::Join": [string, unknown[]] })["Fn::Join"];
      const input = JSON.parse(parts.map((part) => (typeof part === "string" ? part : flat(part).replaceAll('"', "'"))).join(""));
      assert.deepEqual(input, {
        JobName: dispatchName(object),
        JobQueue: `{'Ref':'${id}Queue'}`,
        JobDefinition: dispatchName(object),
        ContainerOverrides: { Environment: [{ Name: "EXTRACT_DATE", Value: "<aws.scheduler.scheduled-time>" }] },
      });
      assert.equal(properties(`${id}DispatchDefinition`)["JobDefinitionName"], dispatchName(object));
      const granted = statements(`${id}ScheduleRole`);
      assert.equal(granted.length, 1);
      assert.deepEqual((granted[0]!["Resource"] as unknown[])[0], { Ref: `${id}Queue` });
      assert.match(flat((granted[0]!["Resource"] as unknown[])[1]), new RegExp(`:job-definition/${dispatchName(object)}"`));
      assert.match(flat(properties(`${id}ScheduleRole`)["AssumeRolePolicyDocument"]), /scheduler\.amazonaws\.com.*ScheduleGroup/);
    });

    it("tells when a run of its queue failed, and not for each county", () => {
      const detail = (properties(`${id}FailedRule`)["EventPattern"] as { detail: Json }).detail;
      assert.deepEqual(detail["jobQueue"], [{ Ref: `${id}Queue` }]);
      if (object.isSharded) assert.match(flat(detail["$or"]), /"index":\[\{"exists":false\}\]/);
      assert.deepEqual(properties(`${id}RunFailed`)["Dimensions"], [{ Name: "RuleName", Value: { Ref: `${id}FailedRule` } }]);
    });

    it("holds as many connections as its config opens", () => {
      const { ConsumableResourceList } = properties(`${id}JobDefinition`)["ConsumableResourceProperties"] as Json;
      const resource = { "Fn::GetAtt": ["Connections", "ConsumableResourceArn"] };
      assert.deepEqual(ConsumableResourceList, [{ ConsumableResource: resource, Quantity: object.connections }]);
    });
  });
}

describe("the stack", () => {
  it("retries by the same rules as jobs that submit-aws submits", () => {
    const { retryStrategy } = JSON.parse(files.get("infra/batch_job_definition.json")!) as {
      retryStrategy: { evaluateOnExit: unknown };
    };
    assert.deepEqual(retryStrategy.evaluateOnExit, EVALUATE_ON_EXIT);
  });

  it("retries everything but what a second attempt can't mend", () => {
    template.allResourcesProperties("AWS::Batch::JobDefinition", {
      RetryStrategy: {
        EvaluateOnExit: [
          { OnExitCode: "2", Action: "EXIT" },
          { OnExitCode: "137", Action: "EXIT" },
          { OnReason: "OutOfMemory*", Action: "EXIT" },
        ],
      },
      Timeout: { AttemptDurationSeconds: Match.anyValue() },
    });
  });

  it("starts nothing by itself, opens nothing to the outside, and keeps what was landed", () => {
    const { Parameters } = template.toJSON() as { Parameters: Record<string, { Default?: unknown }> };
    assert.equal(Parameters["Schedules"]!.Default, "DISABLED");
    assert.equal(properties("SecurityGroup")["SecurityGroupIngress"], undefined);
    template.hasResource("AWS::S3::Bucket", { Condition: "CreatesBucket", DeletionPolicy: "Retain" });
    template.hasResourceProperties("AWS::S3::Bucket", {
      LifecycleConfiguration: { Rules: [Match.objectLike({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 } })] },
    });
  });

  it("makes everything for an object that the registry gains", () => {
    const parcel = objects.find(({ name }) => name === "parcel")!;
    const entry = { ...parcel.entry, batch_queue: "addresses-queue", batch_job_definition: "addresses-extract" };
    const prefixes = ["linode/dataset=addresses/", "_pg_bronze/object=addresses/"];
    const addresses: InfraObject = { ...parcel, name: "addresses", entry, prefixes, dsnEnv: "OTHER_DSN", connections: 2 };
    const grown = Template.fromJSON(synthesize([...objects, addresses]));
    grown.hasResourceProperties("AWS::Batch::JobQueue", { JobQueueName: "addresses-queue" });
    grown.hasResourceProperties("AWS::Batch::JobDefinition", { JobDefinitionName: "addresses-extract" });
    assert.ok(Object.keys(grown.findParameters("OtherDsnArn")).length === 1);
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

const required = process.env["PG_BRONZE_REQUIRE_MOTO"] === "1";
const skip = findMoto() === null && !required ? "moto is not installed" : false;

describe("moto", { skip }, () => {
  it("deploys the committed template, and its Batch takes the files for people without CDK and a job of each object", async () => {
    const moto = await startMoto();
    try {
      const client = {
        endpoint: moto.endpoint,
        region: "us-east-2",
        maxAttempts: 1,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
      };
      await dontRunJobs(moto.endpoint);
      await deploy(new CloudFormationClient(client));
      await useBatch(new BatchClient(client));
    } finally {
      await moto.close();
    }
  });
});

async function dontRunJobs(endpoint: string): Promise<void> {
  const body = JSON.stringify({ batch: { use_docker: false }, iam: { load_aws_managed_policies: false } });
  assert.ok((await fetch(`${endpoint}/moto-api/config`, { method: "POST", body })).ok);
}

async function deploy(client: CloudFormationClient): Promise<void> {
  const network = await createNetwork(client);
  const document = forMoto(JSON.parse(await committed("infra/template.json")));
  const made = await createStack(client, "pg-bronze-prod", document, {
    ...network,
    ImageTag: "0.1.0",
    CreateBucket: "yes",
    LinodeDsnArn: "arn:aws:secretsmanager:us-east-2:123456789012:secret:linode-dsn-AbCdEf",
  });
  const expected = Object.entries(document.Resources).filter(
    ([, { Condition }]) => (Condition ?? "CreatesBucket") === "CreatesBucket",
  );
  assert.deepEqual([...made.keys()].sort(), expected.map(([id]) => id).sort());
}

async function useBatch(batch: BatchClient): Promise<void> {
  for (const object of objects) {
    const { batch_queue, batch_job_definition } = object.entry;
    const { jobQueues } = await batch.send(new DescribeJobQueuesCommand({ jobQueues: [batch_queue] }));
    assert.equal(jobQueues?.[0]?.state, "ENABLED");
    const { jobDefinitions } = await batch.send(
      new DescribeJobDefinitionsCommand({ jobDefinitionName: batch_job_definition, status: "ACTIVE" }),
    );
    assert.equal(jobDefinitions?.[0]?.containerProperties?.readonlyRootFilesystem, true);
    const suffix = object.name === "parcel" ? "" : `.${object.name}`;
    const byHand = (await committed(`infra/batch_job_definition${suffix}.json`))
      .replaceAll("ACCOUNT_ID", "123456789012")
      .replaceAll("REGION", "us-east-2");
    const { revision } = await batch.send(
      new RegisterJobDefinitionCommand(JSON.parse(byHand) as RegisterJobDefinitionCommandInput),
    );
    assert.equal(revision, jobDefinitions![0]!.revision! + 1);
    const { jobId } = await batch.send(
      new SubmitJobCommand({ jobName: dispatchName(object), jobQueue: batch_queue, jobDefinition: dispatchName(object) }),
    );
    assert.ok(jobId);
  }
}
