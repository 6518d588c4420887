import { Aws, RemovalPolicy, type Stack } from "aws-cdk-lib";
import { type CfnComputeEnvironment, type CfnConsumableResource, CfnJobDefinition, CfnJobQueue } from "aws-cdk-lib/aws-batch";
import type { CfnRepository } from "aws-cdk-lib/aws-ecr";
import { CfnPolicy, CfnRole } from "aws-cdk-lib/aws-iam";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { CfnSchedule, type CfnScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { dispatchJobDefinition, dispatchName, extractJobDefinition, logGroupName } from "./job-definition.ts";
import type { InfraObject } from "./objects.ts";
import { type Parameters, pascal } from "./parameters.ts";
import * as policies from "./policies.ts";

export interface Shared {
  readonly parameters: Parameters;
  readonly repository: CfnRepository;
  readonly compute: CfnComputeEnvironment;
  readonly connections: CfnConsumableResource;
  readonly scheduleGroup: CfnScheduleGroup;
}

export interface AddedObject {
  readonly object: InfraObject;
  readonly queueArn: string;
}

/** What one object has for itself: log, roles, job definitions, queue, schedule. */
export function addObject(stack: Stack, object: InfraObject, shared: Shared): AddedObject {
  const id = pascal(object.name);
  const { parameters, repository } = shared;
  const dsnSecretArn = parameters.dsnSecrets.get(object.dsnEnv)!;
  const logGroup = new CfnLogGroup(stack, `${id}Log`, { logGroupName: logGroupName(object), retentionInDays: 90 });
  logGroup.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  const queue = new CfnJobQueue(stack, `${id}Queue`, {
    jobQueueName: object.entry.batch_queue,
    state: "ENABLED",
    priority: 1,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: shared.compute.ref }],
  });
  const arns: policies.BatchArns = { queue: queue.ref, definition: (name) => batchArn("job-definition", name) };
  const bronze = policies.bronzeStatements(object, `arn:${Aws.PARTITION}:s3:::${parameters.bucket}`);
  const executionRole = addRole(stack, `${id}ExecutionRole`, TASKS, [
    ...policies.executionStatements({
      repository: repository.attrArn,
      logGroup: `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:${logGroupName(object)}`,
      dsnSecret: dsnSecretArn,
    }),
  ]);
  const jobRole = addRole(stack, `${id}JobRole`, TASKS, bronze);
  const dispatchRole = addRole(stack, `${id}DispatchRole`, TASKS, [
    ...bronze,
    policies.submitStatement(arns, object.entry.batch_job_definition),
    policies.WATCH_JOBS,
  ]);
  allowKey(stack, id, parameters, [jobRole, dispatchRole]);
  const around = {
    image: `${repository.attrRepositoryUri}:${parameters.imageTag}`,
    region: Aws.REGION,
    bucket: parameters.bucket,
    dsnSecretArn,
    executionRoleArn: executionRole.attrArn,
    logGroup: logGroup.ref,
    connectionsArn: shared.connections.attrConsumableResourceArn,
    assignPublicIp: parameters.assignPublicIp,
  };
  const extract = extractJobDefinition(object, { ...around, jobRoleArn: jobRole.attrArn });
  new CfnJobDefinition(stack, `${id}JobDefinition`, extract);
  const dispatch = dispatchJobDefinition(object, { ...around, jobRoleArn: dispatchRole.attrArn });
  new CfnJobDefinition(stack, `${id}DispatchDefinition`, dispatch);
  addSchedule(stack, object, { ...shared, queue, arns });
  return { object, queueArn: queue.ref };
}

function batchArn(kind: "job-definition", name: string): string {
  return `arn:${Aws.PARTITION}:batch:${Aws.REGION}:${Aws.ACCOUNT_ID}:${kind}/${name}`;
}

const TASKS = { service: "ecs-tasks.amazonaws.com", condition: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } } };

function addRole(
  stack: Stack,
  id: string,
  trusted: { service: string; condition: object },
  statements: readonly policies.Statement[],
): CfnRole {
  const trust = {
    Effect: "Allow",
    Principal: { Service: trusted.service },
    Action: "sts:AssumeRole",
    Condition: trusted.condition,
  };
  return new CfnRole(stack, id, {
    assumeRolePolicyDocument: { Version: "2012-10-17", Statement: [trust] },
    policies: [{ policyName: "pg-bronze", policyDocument: policies.policyDocument(statements) }],
  });
}

/** A bucket with a KMS key of its own wants the key's leave for every read and write. */
function allowKey(stack: Stack, id: string, parameters: Parameters, roles: readonly CfnRole[]): void {
  const policy = new CfnPolicy(stack, `${id}BucketKey`, {
    policyName: "pg-bronze-bucket-key",
    roles: roles.map((role) => role.ref),
    policyDocument: policies.policyDocument([
      { Sid: "BucketKey", Effect: "Allow", Action: ["kms:GenerateDataKey", "kms:Decrypt"], Resource: [parameters.kmsKeyArn] },
    ]),
  });
  policy.cfnOptions.condition = parameters.hasKmsKey;
}

/** The schedule submits the dispatcher by its name, so that the latest revision runs. */
function addSchedule(
  stack: Stack,
  object: InfraObject,
  around: Shared & { readonly queue: CfnJobQueue; readonly arns: policies.BatchArns },
): void {
  const id = pascal(object.name);
  const role = addRole(
    stack,
    `${id}ScheduleRole`,
    {
      service: "scheduler.amazonaws.com",
      condition: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID, "aws:SourceArn": around.scheduleGroup.attrArn } },
    },
    [policies.submitStatement(around.arns, dispatchName(object))],
  );
  new CfnSchedule(stack, `${id}Schedule`, {
    name: object.name,
    groupName: around.scheduleGroup.ref,
    description: `Plans and submits a run of ${object.name}`,
    scheduleExpression: object.entry.cadence,
    scheduleExpressionTimezone: "UTC",
    state: around.parameters.schedules,
    flexibleTimeWindow: { mode: "OFF" },
    target: {
      arn: `arn:${Aws.PARTITION}:scheduler:::aws-sdk:batch:submitJob`,
      roleArn: role.attrArn,
      input: stack.toJsonString({
        JobName: dispatchName(object),
        JobQueue: around.queue.ref,
        JobDefinition: dispatchName(object),
        // When the schedule was due, not when an attempt runs: a delivery that is late or repeated, and an attempt after midnight, are one run.
        ContainerOverrides: { Environment: [{ Name: "EXTRACT_DATE", Value: "<aws.scheduler.scheduled-time>" }] },
      }),
      retryPolicy: { maximumRetryAttempts: 5, maximumEventAgeInSeconds: 3600 },
    },
  });
}
