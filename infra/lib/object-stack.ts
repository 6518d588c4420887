import { Aws, BootstraplessSynthesizer, CfnOutput, type IStackSynthesizer, RemovalPolicy, Stack } from "aws-cdk-lib";
import { CfnJobDefinition, CfnJobQueue } from "aws-cdk-lib/aws-batch";
import { CfnAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { CfnPolicy, CfnRole } from "aws-cdk-lib/aws-iam";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { CfnSchedule } from "aws-cdk-lib/aws-scheduler";
import type { Construct } from "constructs";
import { blockedQueueRule, lostDispatcherRule, objectAlarms } from "./alarms.ts";
import { importShared, type Shared } from "./exports.ts";
import { dispatchJobDefinition, dispatchName, extractJobDefinition, LOG_RETENTION_DAYS, logGroupName } from "./job-definition.ts";
import type { InfraObject } from "./objects.ts";
import { declareObjectParameters, type ObjectParameters } from "./parameters.ts";
import * as policies from "./policies.ts";
import { jobQueue, PRIORITY } from "./queue.ts";
import { addRule } from "./rule.ts";
import { dispatchSchedule, freshnessSchedule } from "./schedule.ts";

export interface ObjectStackProps {
  readonly environment: string;
  readonly object: InfraObject;
  /** Name of the stack with what objects share. */
  readonly sharedStack: string;
}

/** What one object has for itself: log, roles, job definitions, queue, schedules, alarms. */
export class ObjectStack extends Stack {
  constructor(scope: Construct, id: string, { environment, object, sharedStack }: ObjectStackProps) {
    super(scope, id, {
      description: `pg-bronze (${environment}): extracts ${object.name} to Bronze with AWS Batch on Fargate`,
      synthesizer: new BootstraplessSynthesizer() as IStackSynthesizer,
    });
    const parameters = declareObjectParameters(this, object, sharedStack);
    const shared = importShared(parameters.sharedStack);
    const logGroup = new CfnLogGroup(this, "Log", {
      logGroupName: logGroupName(object),
      retentionInDays: LOG_RETENTION_DAYS,
    });
    logGroup.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    const queue = new CfnJobQueue(this, "Queue", jobQueue(object.entry.batch_queue, PRIORITY.object, shared.ComputeArn));
    const roles = addRoles(this, object, { parameters, shared, queueArn: queue.ref });
    const around = {
      image: `${shared.RepositoryUri}:${parameters.imageTag}`,
      region: Aws.REGION,
      bucket: shared.BucketName,
      dsnSecretArn: parameters.dsnSecretArn,
      executionRoleArn: roles.execution.attrArn,
      logGroup: logGroup.ref,
      connectionsArn: shared.ConnectionsArn,
      assignPublicIp: shared.PublicIp,
      topicArn: shared.TopicArn,
    };
    new CfnJobDefinition(this, "JobDefinition", extractJobDefinition(object, { ...around, jobRoleArn: roles.job.attrArn }));
    const dispatch = dispatchJobDefinition(object, { ...around, jobRoleArn: roles.dispatch.attrArn });
    new CfnJobDefinition(this, "DispatchDefinition", dispatch);
    addSchedules(this, object, parameters, shared, roles.schedule);
    addRule(this, "QueueBlocked", blockedQueueRule(object.name, queue.ref, shared.BlockedQueuesArn));
    addRule(this, "DispatcherLost", lostDispatcherRule(object, shared.DispatchQueueArn, shared.TopicArn));
    addAlarms(this, object, parameters, shared);
    new CfnOutput(this, "QueueName", { value: object.entry.batch_queue, description: "Job queue of extracts." });
    new CfnOutput(this, "JobDefinitionName", { value: object.entry.batch_job_definition });
  }
}

interface Around {
  readonly parameters: ObjectParameters;
  readonly shared: Shared;
  readonly queueArn: string;
}

function addRoles(stack: Stack, object: InfraObject, { parameters, shared, queueArn }: Around) {
  const definition = (name: string) => `arn:${Aws.PARTITION}:batch:${Aws.REGION}:${Aws.ACCOUNT_ID}:job-definition/${name}`;
  const tasks = policies.trustTasks(Aws.ACCOUNT_ID);
  const execution = addRole(
    stack,
    "ExecutionRole",
    tasks,
    policies.executionStatements({
      repository: shared.RepositoryArn,
      logGroup: `arn:${Aws.PARTITION}:logs:${Aws.REGION}:${Aws.ACCOUNT_ID}:log-group:${logGroupName(object)}`,
      dsnSecret: parameters.dsnSecretArn,
    }),
  );
  const secretKey = new CfnPolicy(stack, "SecretKey", {
    policyName: "pg-bronze-secret-key",
    roles: [execution.ref],
    policyDocument: policies.policyDocument([policies.secretKeyStatement(parameters.secretKeyArn)]),
  });
  secretKey.cfnOptions.condition = parameters.hasSecretKey;
  const bronze = [
    ...policies.bronzeStatements(object, `arn:${Aws.PARTITION}:s3:::${shared.BucketName}`),
    policies.bucketKeyStatement(shared.BucketKeyArn),
  ];
  return {
    execution,
    job: addRole(stack, "JobRole", tasks, bronze),
    dispatch: addRole(stack, "DispatchRole", tasks, [
      ...bronze,
      policies.submitStatement({ queue: queueArn, definition }, object.entry.batch_job_definition),
      policies.WATCH_JOBS,
      policies.tellStatement(shared.TopicArn),
    ]),
    schedule: addRole(stack, "ScheduleRole", policies.trustSchedules(Aws.ACCOUNT_ID, shared.ScheduleGroupArn), [
      policies.submitStatement({ queue: shared.DispatchQueueArn, definition }, dispatchName(object)),
      policies.deadLetterStatement(shared.DeadLettersArn),
    ]),
  };
}

function addRole(stack: Stack, id: string, assumeRolePolicyDocument: object, statements: readonly policies.Statement[]): CfnRole {
  return new CfnRole(stack, id, {
    assumeRolePolicyDocument,
    policies: [{ policyName: "pg-bronze", policyDocument: policies.policyDocument(statements) }],
  });
}

function addSchedules(stack: Stack, object: InfraObject, parameters: ObjectParameters, shared: Shared, role: CfnRole): void {
  const around = {
    partition: Aws.PARTITION,
    group: shared.ScheduleGroupName,
    state: parameters.schedules,
    roleArn: role.attrArn,
    queueArn: shared.DispatchQueueArn,
    deadLetterArn: shared.DeadLettersArn,
    toJson: (value: object) => stack.toJsonString(value),
  };
  new CfnSchedule(stack, "Schedule", dispatchSchedule(object, around));
  new CfnSchedule(stack, "FreshnessSchedule", freshnessSchedule(object, around));
}

function addAlarms(stack: Stack, object: InfraObject, parameters: ObjectParameters, shared: Shared): void {
  for (const [id, alarm] of Object.entries(objectAlarms(object, shared.TopicArn))) {
    const added = new CfnAlarm(stack, id, alarm);
    // Where nothing runs by itself, nothing measures, and a missing measurement would alarm.
    if (id === "NotFresh") added.cfnOptions.condition = parameters.isScheduled;
  }
}
