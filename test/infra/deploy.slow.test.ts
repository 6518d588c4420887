import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type AwsAccount, type Contents, startAwsAccount, withoutAws } from "./aws-account.ts";
import { committed, committedStacks, objects, PARAMETERS, stackOf } from "./committed.ts";
import { type Resolved, statementsOf } from "./resolved.ts";

type Json = Record<string, unknown>;
const skip = withoutAws();
const DOCUMENT = await committed("docs/deploy.md");
const section = (heading: string): string => DOCUMENT.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
const commands = (heading: string): string[] => [...section(heading).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text!);

interface Network {
  readonly VPC_ID: string;
  readonly SUBNET_IDS: string;
}

/** A VPC with two subnets, as an administrator has made them. */
async function makeNetwork({ aws }: AwsAccount): Promise<Network> {
  const { Vpc } = await aws<{ Vpc: { VpcId: string } }>("ec2", "create-vpc", "--cidr-block", "10.0.0.0/16");
  const ids: string[] = [];
  for (const cidr of ["10.0.0.0/24", "10.0.1.0/24"]) {
    const args = ["ec2", "create-subnet", "--vpc-id", Vpc.VpcId, "--cidr-block", cidr];
    const { Subnet } = await aws<{ Subnet: { SubnetId: string } }>(...args);
    ids.push(Subnet.SubnetId);
  }
  return { VPC_ID: Vpc.VpcId, SUBNET_IDS: ids.join(",") };
}

describe("docs/deploy.md", { skip }, () => {
  let account: AwsAccount;
  let network: Network;
  const environment = () => ({ ...network, DSN_SECRET_ARN: PARAMETERS.LinodeDsnArn, ALARM_EMAIL: "data@example.com" });

  describe("deploys with CloudFormation as it says", () => {
    before(async () => {
      account = await startAwsAccount();
      network = await makeNetwork(account);
      for (const script of commands("With CloudFormation")) await account.sh(script, environment());
    });
    after(() => account.close());

    it("in stacks that are complete, with queues and job definitions of the registry's names", async () => {
      const { stacks, jobQueues, jobDefinitions } = await account.contents();
      assert.deepEqual(
        stacks.map(({ StackName, StackStatus }) => `${StackName} ${StackStatus}`).sort(),
        ["pg-bronze-prod", ...objects.map(stackOf)].map((name) => `${name} CREATE_COMPLETE`).sort(),
      );
      assert.deepEqual(
        jobQueues.map((of) => of["jobQueueName"]).sort(),
        ["pg-bronze-dispatch", ...objects.map(({ entry }) => entry.batch_queue)].sort(),
      );
      for (const { entry } of objects) {
        assert.ok(jobDefinitions.some(({ jobDefinitionName }) => jobDefinitionName === entry.batch_job_definition));
      }
    });

    it("and tears down, objects first", async () => {
      for (const script of commands("Tear down")) await account.sh(script);
      assert.deepEqual((await account.contents()).stacks, []);
    });
  });

  describe("makes the same by hand", () => {
    let stacks: { readonly shared: Resolved; readonly objects: ReadonlyMap<string, Resolved> };
    let contents: Contents;
    let made: (type: string) => Json[];
    before(async () => {
      account = await startAwsAccount();
      network = await makeNetwork(account);
      const [given, ...rest] = commands("By hand");
      const values = {
        ...environment(),
        SCHEDULES: "ENABLED",
        BUCKET: "bronze-by-hand",
        BUCKET_KEY_ARN: KEYS.bucket,
        SECRET_KEY_ARN: KEYS.secret,
      };
      // What the reader fills in, filled in; the rest as it stands.
      const filled = given!.replace(/^([A-Z_]+)=.*$/gm, (line, name: string) =>
        name in values ? `${name}='${values[name as keyof typeof values]}'` : line,
      );
      await account.sh([filled, ...rest].join("\n"));
      contents = await account.contents();
      stacks = await committedStacks({
        BronzeBucket: "bronze-by-hand",
        CreateBucket: "yes",
        BucketKmsKeyArn: KEYS.bucket,
        DsnKmsKeyArn: KEYS.secret,
      });
      made = (type) =>
        [stacks.shared, ...stacks.objects.values()].flatMap(({ resources }) =>
          [...resources.values()].filter(({ Type }) => Type === type).map(({ Properties }) => Properties),
        );
    });
    after(() => account.close());

    it("queues", () => {
      assert.deepEqual(
        contents.jobQueues.map((of) => `${of["jobQueueName"]} ${of["priority"]} ${of["state"]}`).sort(),
        made("AWS::Batch::JobQueue")
          .map((of) => `${of["JobQueueName"]} ${of["Priority"]} ${of["State"]}`)
          .sort(),
      );
    });

    it("job definitions, but for the names of roles", () => {
      const templates = made("AWS::Batch::JobDefinition").map(lowerKeys);
      assert.equal(contents.jobDefinitions.length, templates.length);
      for (const template of templates) {
        const name = template["jobDefinitionName"];
        const found = contents.jobDefinitions.find(({ jobDefinitionName }) => jobDefinitionName === name)!;
        const container = lowerKeys(found["containerProperties"] as Json);
        const expected = template["containerProperties"] as Json;
        for (const key of [
          "image",
          "command",
          "environment",
          "secrets",
          "user",
          "readonlyRootFilesystem",
          "logConfiguration",
          "mountPoints",
        ]) {
          assert.deepEqual(container[key], expected[key], `${name}: ${key}`);
        }
        // moto writes EXIT in small letters.
        const capitals = (value: unknown): unknown => JSON.parse(JSON.stringify(value).toUpperCase());
        assert.deepEqual(capitals(found["retryStrategy"]), capitals(template["retryStrategy"]));
      }
    });

    it("roles that may do and be taken by the same", () => {
      for (const object of objects) {
        const stack = stacks.objects.get(object.name)!;
        for (const [kind, id] of [
          ["execution", "ExecutionRole"],
          ["job", "JobRole"],
          ["dispatch", "DispatchRole"],
          ["schedule", "ScheduleRole"],
        ] as const) {
          const { statements, trust } = contents.roles[`pg-bronze-${object.name}-${kind}`]!;
          assert.deepEqual(statements, statementsOf(stack, id, stackOf(object)), `${object.name} ${kind}`);
          assert.deepEqual(trust, stack.resources.get(id)!.Properties["AssumeRolePolicyDocument"]);
        }
      }
    });

    it("schedules", () => {
      const templates = made("AWS::Scheduler::Schedule");
      assert.equal(contents.schedules.length, templates.length);
      for (const template of templates) {
        const found = contents.schedules.find(({ Name }) => Name === template["Name"])!;
        for (const key of ["GroupName", "State", "ScheduleExpression", "ScheduleExpressionTimezone"]) {
          assert.equal(found[key], template[key], `${found.Name}: ${key}`);
        }
        const { RoleArn: _, Input, ...target } = found.Target;
        const { RoleArn: __, Input: expectedInput, ...expected } = template["Target"] as Json;
        assert.deepEqual(target, expected);
        assert.deepEqual(JSON.parse(String(Input)), JSON.parse(String(expectedInput)));
      }
    });

    it("alarms", () => {
      const templates = made("AWS::CloudWatch::Alarm");
      assert.equal(contents.alarms.length, templates.length);
      for (const template of templates) {
        const found = contents.alarms.find(({ AlarmName }) => AlarmName === template["AlarmName"])!;
        for (const [key, value] of Object.entries(template)) assert.deepEqual(found[key], value, `${found.AlarmName}: ${key}`);
      }
    });

    it("rules and their targets", () => {
      const templates = made("AWS::Events::Rule");
      assert.equal(contents.rules.length, templates.length);
      for (const template of templates) {
        const found = contents.rules.find(({ Name }) => Name === template["Name"])!;
        assert.deepEqual(JSON.parse(found.EventPattern), template["EventPattern"]);
        assert.deepEqual(found.Targets, template["Targets"]);
      }
    });

    it("queues of messages, a topic, a repository, log groups, and the connections", () => {
      assert.deepEqual(
        contents.queueUrls.map((url) => url.split("/").at(-1)).sort(),
        made("AWS::SQS::Queue")
          .map((of) => of["QueueName"])
          .sort(),
      );
      const { policy, subscriptions } = contents.topics["arn:aws:sns:us-east-2:123456789012:pg-bronze"]!;
      assert.deepEqual(policy, made("AWS::SNS::TopicPolicy")[0]!["PolicyDocument"]);
      assert.equal(subscriptions.length, 1);
      assert.deepEqual(
        contents.repositories.map((of) => of["repositoryName"]),
        ["pg-bronze"],
      );
      assert.deepEqual(
        contents.logGroups.map((of) => `${of["logGroupName"]} ${of["retentionInDays"]}`).sort(),
        made("AWS::Logs::LogGroup")
          .map((of) => `${of["LogGroupName"]} ${of["RetentionInDays"]}`)
          .sort(),
      );
      assert.deepEqual(account.consumableResources, ["pg-connections"]);
    });

    it("the bucket, versioned and by TLS alone, and a security group that lets nothing in", () => {
      const { versioning, policy, lifecycle } = contents.buckets["bronze-by-hand"]!;
      assert.equal(versioning, "Enabled");
      assert.deepEqual(policy, made("AWS::S3::BucketPolicy")[0]!["PolicyDocument"]);
      assert.deepEqual(
        lifecycle.map((of) => of["ID"]),
        ["abort-incomplete-multipart-uploads", "expire-noncurrent-versions"],
      );
      const group = contents.securityGroups.find(({ GroupName }) => GroupName === "pg-bronze-jobs")!;
      assert.deepEqual(group.IpPermissions, []);
      assert.deepEqual(group.IpPermissionsEgress.map(({ FromPort }) => FromPort).sort(), [443, 5432]);
    });
  });
});

const KEYS = { bucket: "arn:aws:kms:us-east-2:123456789012:key/bucket", secret: "arn:aws:kms:us-east-2:123456789012:key/secret" };

describe("infra/by-hand", () => {
  it("has placeholders that are no part of a word, each filled in by the document", async () => {
    const filled = new Set([...DOCUMENT.matchAll(/s\|(__[A-Z_]+__)\|/g)].map(([, name]) => name!));
    for (const object of ["shared", ...objects.map(({ name }) => name)]) {
      for (const [file] of section("By hand").matchAll(/fill "?\$object\/[\w$-]+|fill "?shared\/[\w$-]+/g)) assert.ok(file);
      const text = await committed(`infra/by-hand/${object}/${object === "shared" ? "topic-policy" : "extract-definition"}.json`);
      for (const [name] of text.matchAll(/__[A-Z_]+__/g)) assert.ok(filled.has(name), name);
    }
  });
});

/** Keys as Batch's interface has them. */
function lowerKeys(value: Json): Json {
  const convert = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(convert);
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key[0]!.toLowerCase() + key.slice(1), convert(inner)]));
  };
  return convert(value) as Json;
}
