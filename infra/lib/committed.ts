import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { BronzeStack } from "./bronze-stack.ts";
import { LIFECYCLE_RULES } from "./bucket.ts";
import { CONNECTIONS_RESOURCE, extractJobDefinition, logGroupName } from "./job-definition.ts";
import type { InfraObject } from "./objects.ts";
import { bronzeStatements, policyDocument } from "./policies.ts";

/** The object whose files have no name of an object in theirs. */
const DEFAULT_OBJECT = "parcel";

/** The stack's template, the same from run to run. */
export function synthesize(objects: readonly InfraObject[], environment = "prod"): Record<string, unknown> {
  const outdir = mkdtempSync(join(tmpdir(), "pg-bronze-cdk-"));
  try {
    const app = new App({ outdir, analyticsReporting: false, treeMetadata: false });
    const { stackName } = new BronzeStack(app, `pg-bronze-${environment}`, { environment, objects });
    return app.synth().getStackByName(stackName).template as Record<string, unknown>;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** Path in the repository → text of every file that is made from the registry and committed. */
export function committedFiles(objects: readonly InfraObject[]): ReadonlyMap<string, string> {
  const files = new Map<string, unknown>([
    ["infra/template.json", synthesize(objects)],
    ["infra/bucket_lifecycle.json", { Rules: LIFECYCLE_RULES }],
  ]);
  for (const object of objects) {
    const suffix = object.name === DEFAULT_OBJECT ? "" : `.${object.name}`;
    files.set(`infra/batch_job_definition${suffix}.json`, extractJobDefinition(object, placeholders(object)));
    files.set(
      `infra/iam/batch_job_role_policy${suffix}.json`,
      policyDocument(bronzeStatements(object, `arn:aws:s3:::${object.bucket}`)),
    );
  }
  return new Map([...files].map(([path, value]) => [path, `${JSON.stringify(value, null, 2)}\n`]));
}

/** What only the reader's account knows stands as ACCOUNT_ID and REGION, for sed. */
function placeholders(object: InfraObject) {
  return {
    image: "ACCOUNT_ID.dkr.ecr.REGION.amazonaws.com/pg-bronze:IMAGE_TAG",
    region: "REGION",
    bucket: object.bucket,
    dsnSecretArn: "arn:aws:secretsmanager:REGION:ACCOUNT_ID:secret:DSN_SECRET",
    executionRoleArn: `arn:aws:iam::ACCOUNT_ID:role/pg-bronze-${object.name}-execution`,
    jobRoleArn: `arn:aws:iam::ACCOUNT_ID:role/pg-bronze-${object.name}-job`,
    logGroup: logGroupName(object),
    connectionsArn: `arn:aws:batch:REGION:ACCOUNT_ID:consumable-resource/${CONNECTIONS_RESOURCE}`,
    assignPublicIp: "DISABLED",
  };
}
