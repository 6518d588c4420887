import { RULE_PREFIX } from "./alarms.ts";
import type { InfraObject } from "./objects.ts";

/** One statement of an IAM policy, as IAM's JSON has it. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** What the object's jobs may do in Bronze: its own folder of data and its own ledger, nothing else. */
export function bronzeStatements(object: InfraObject, bucketArn: string): readonly Statement[] {
  return [
    {
      Sid: "OwnKeys",
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      Resource: object.prefixes.map((prefix) => `${bucketArn}/${prefix}*`),
    },
    {
      // IfExists: without it S3 answers 403 where a key is absent, because reading a key carries no s3:prefix, and absent is what the
      // ledger asks about.
      Sid: "ListOwnKeysAndKnowAbsentOnes",
      Effect: "Allow",
      Action: ["s3:ListBucket"],
      Resource: [bucketArn],
      Condition: { StringLikeIfExists: { "s3:prefix": object.prefixes.map((prefix) => `${prefix}*`) } },
    },
  ];
}

export interface BatchArns {
  readonly queue: string;
  /** ARN of a job definition by name, without revision. */
  definition(name: string): string;
}

/** Submitting one job definition to one queue. IAM compares the ARN as the caller wrote it: with or without a revision. */
export function submitStatement(arns: BatchArns, definition: string): Statement {
  const arn = arns.definition(definition);
  return { Sid: "SubmitToOwnQueue", Effect: "Allow", Action: ["batch:SubmitJob"], Resource: [arns.queue, arn, `${arn}:*`] };
}

/** Reading and writing objects that a customer-managed key of KMS encrypts. */
export function bucketKeyStatement(keyArn: string): Statement {
  return { Sid: "BucketKey", Effect: "Allow", Action: ["kms:GenerateDataKey", "kms:Decrypt"], Resource: [keyArn] };
}

/** Reading a secret that a customer-managed key of KMS encrypts. */
export function secretKeyStatement(keyArn: string): Statement {
  return { Sid: "SecretKey", Effect: "Allow", Action: ["kms:Decrypt"], Resource: [keyArn] };
}

export function tellStatement(topicArn: string): Statement {
  return { Sid: "TellHowARunWent", Effect: "Allow", Action: ["sns:Publish"], Resource: [topicArn] };
}

/** What a schedule could not submit is kept. */
export function deadLetterStatement(queueArn: string): Statement {
  return { Sid: "KeepWhatCouldNotBeSubmitted", Effect: "Allow", Action: ["sqs:SendMessage"], Resource: [queueArn] };
}

/** Batch has no resource-level permissions for these. Source: Service Authorization Reference, AWS Batch. */
export const WATCH_JOBS: Statement = {
  Sid: "WatchJobs",
  Effect: "Allow",
  Action: [
    "batch:DescribeJobs",
    "batch:ListJobs",
    "batch:DescribeJobQueues",
    "batch:DescribeComputeEnvironments",
    "batch:DescribeJobDefinitions",
  ],
  Resource: ["*"],
};

export interface ExecutionArns {
  readonly repository: string;
  readonly logGroup: string;
  readonly dsnSecret: string;
}

/** What AWS itself does before and beside the container: pull the image, read the secret, write the log. */
export function executionStatements(arns: ExecutionArns): readonly Statement[] {
  return [
    { Sid: "SignInToRegistry", Effect: "Allow", Action: ["ecr:GetAuthorizationToken"], Resource: ["*"] },
    {
      Sid: "PullImage",
      Effect: "Allow",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource: [arns.repository],
    },
    { Sid: "ReadDsn", Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: [arns.dsnSecret] },
    {
      Sid: "WriteLog",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: [`${arns.logGroup}:*`],
    },
  ];
}

/** Who may take a role: jobs of this account. */
export function trustTasks(account: string) {
  return trust("ecs-tasks.amazonaws.com", { StringEquals: { "aws:SourceAccount": account } });
}

/** Who may take a role: this account's schedules of one group. */
export function trustSchedules(account: string, groupArn: string) {
  return trust("scheduler.amazonaws.com", { StringEquals: { "aws:SourceAccount": account, "aws:SourceArn": groupArn } });
}

function trust(service: string, condition: object) {
  return {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole", Condition: condition }],
  };
}

/** Services that may use a resource, each for its own condition. */
export function serviceAccess(
  action: string,
  resource: string,
  allowed: readonly (readonly [service: string, condition: object])[],
) {
  return {
    Version: "2012-10-17",
    Statement: allowed.map(([service, condition]) => ({
      Effect: "Allow",
      Principal: { Service: service },
      Action: action,
      Resource: resource,
      Condition: condition,
    })),
  };
}

/** Condition: the caller is one of our rules in EventBridge. */
export function fromOwnRules(partition: string, region: string, account: string) {
  return { ArnLike: { "aws:SourceArn": `arn:${partition}:events:${region}:${account}:rule/${RULE_PREFIX}*` } };
}

/** Nobody reaches the bucket but by TLS. */
export function tlsOnly(bucketArn: string) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TlsOnly",
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [bucketArn, `${bucketArn}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  };
}

export function policyDocument(statements: readonly Statement[]) {
  return { Version: "2012-10-17", Statement: statements };
}
