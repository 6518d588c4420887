import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeJobsCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
  type SubmitJobCommandInput,
} from "@aws-sdk/client-batch";
import { testDefinition } from "../support/batch-server/index.ts";
import { makeBatchVerse } from "../support/batch-verse.ts";
import { findMoto, startMoto } from "../support/moto.ts";

const isRequired = process.env["PG_BRONZE_REQUIRE_MOTO"] === "1";
const skip = findMoto() === null && !isRequired ? "moto is not installed" : false;

/** moto demands a role by which Batch would act. One form does without another client. */
async function createRole(endpoint: string): Promise<string> {
  const form = { Action: "CreateRole", Version: "2010-05-08", RoleName: "batch-service", AssumeRolePolicyDocument: "{}" };
  const authorization = "AWS4-HMAC-SHA256 Credential=test/20261130/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
  const reply = await fetch(endpoint, { method: "POST", headers: { authorization }, body: new URLSearchParams(form) });
  return /<Arn>([^<]+)<\/Arn>/.exec(await reply.text())?.[1] ?? "";
}

describe("moto's Batch", { skip }, () => {
  it("accepts what submit-aws --dry-run prints, as arrays and as individual jobs", async (t) => {
    const verse = await makeBatchVerse();
    t.after(() => verse.close());
    const moto = await startMoto();
    t.after(() => moto.close());
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const settings = { endpoint: moto.endpoint, region: "us-east-2", maxAttempts: 1, credentials };
    const body = JSON.stringify({ batch: { use_docker: false }, iam: { load_aws_managed_policies: false } });
    assert.ok((await fetch(`${moto.endpoint}/moto-api/config`, { method: "POST", body })).ok);
    const batch = new BatchClient(settings);
    const serviceRole = await createRole(moto.endpoint);
    await batch.send(
      new CreateComputeEnvironmentCommand({ computeEnvironmentName: "any", type: "UNMANAGED", state: "ENABLED", serviceRole }),
    );
    const computeEnvironmentOrder = [{ order: 1, computeEnvironment: "any" }];
    await batch.send(
      new CreateJobQueueCommand({ jobQueueName: "parcel-extract-queue", state: "ENABLED", priority: 1, computeEnvironmentOrder }),
    );
    const { containerProperties } = testDefinition("parcel-county-extract");
    await batch.send(
      new RegisterJobDefinitionCommand({ jobDefinitionName: "parcel-county-extract", type: "container", containerProperties }),
    );
    for (const [mode, jobs] of [
      ["array", 1],
      ["individual", 5],
    ] as const) {
      const { code, stdout, stderr } = await verse.command("submit-aws", ["--state", "MI", "--dry-run", "--mode", mode]);
      assert.equal(code, 0, stderr);
      const inputs = JSON.parse(stdout) as SubmitJobCommandInput[];
      assert.equal(inputs.length, jobs);
      for (const input of inputs) {
        const { jobId } = await batch.send(new SubmitJobCommand(input));
        const described = await batch.send(new DescribeJobsCommand({ jobs: [jobId!] }));
        assert.equal(described.jobs?.[0]?.jobName, input.jobName);
      }
    }
  });
});
