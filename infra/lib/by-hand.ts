import * as alarms from "./alarms.ts";
import { OWN_LIFECYCLE_RULES } from "./bucket.ts";
import {
  CONNECTIONS_RESOURCE,
  dispatchJobDefinition,
  dispatchName,
  extractJobDefinition,
  logGroupName,
} from "./job-definition.ts";
import type { InfraObject } from "./objects.ts";
import * as policies from "./policies.ts";
import { DISPATCH_QUEUE, jobQueue, PRIORITY } from "./queue.ts";
import { IMAGE_REPOSITORY, REPOSITORY_LIFECYCLE } from "./repository.ts";
import { dispatchSchedule, freshnessSchedule, SCHEDULE_GROUP } from "./schedule.ts";

/** Name of the compute environment that is made by hand. */
const COMPUTE = "pg-bronze";

/** What only the reader's account knows stands between two pairs of underscores, for sed: no word holds such a thing. */
const ACCOUNT = "__ACCOUNT_ID__";
const REGION = "__REGION__";
const BUCKET = "__BUCKET__";
const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
const role = (object: InfraObject, kind: string): string => `arn:aws:iam::${ACCOUNT}:role/pg-bronze-${object.name}-${kind}`;
const queueArn = (name: string): string => arn("batch", `job-queue/${name}`);
const BUCKET_ARN = `arn:aws:s3:::${BUCKET}`;
const TOPIC_ARN = arn("sns", alarms.TOPIC_NAME);
const DEAD_LETTERS_ARN = arn("sqs", alarms.DEAD_LETTERS);
const BLOCKED_QUEUES_ARN = arn("sqs", alarms.BLOCKED_QUEUES);
const SECRET_ARN = "__DSN_SECRET_ARN__";

/** File below `infra/by-hand` → what the AWS command line takes from it: the stacks' resources, for accounts without stacks. */
export function byHandFiles(objects: readonly InfraObject[]): ReadonlyMap<string, object> {
  return new Map([
    ...sharedFiles().map(([name, value]) => [`shared/${name}.json`, value] as const),
    ...objects.flatMap((object) => objectFiles(object).map(([name, value]) => [`${object.name}/${name}.json`, value] as const)),
  ]);
}

type File = readonly [name: string, value: object];

function sharedFiles(): readonly File[] {
  const fromRules = policies.fromOwnRules("aws", REGION, ACCOUNT);
  return [
    ["bucket-policy", policies.tlsOnly(BUCKET_ARN)],
    ["bucket-lifecycle", { Rules: OWN_LIFECYCLE_RULES }],
    ["repository-lifecycle", REPOSITORY_LIFECYCLE],
    ["trust-tasks", policies.trustTasks(ACCOUNT)],
    ["trust-schedules", policies.trustSchedules(ACCOUNT, arn("scheduler", `schedule-group/${SCHEDULE_GROUP}`))],
    ["dispatch-queue", jobQueue(DISPATCH_QUEUE, PRIORITY.dispatch, COMPUTE)],
    [
      "topic-policy",
      policies.serviceAccess("sns:Publish", TOPIC_ARN, [
        ["events.amazonaws.com", fromRules],
        ["cloudwatch.amazonaws.com", { StringEquals: { "aws:SourceAccount": ACCOUNT } }],
      ]),
    ],
    [
      "blocked-queues",
      {
        ...queueInput(alarms.BLOCKED_QUEUES),
        Attributes: {
          ...queueInput(alarms.BLOCKED_QUEUES).Attributes,
          Policy: JSON.stringify(
            policies.serviceAccess("sqs:SendMessage", BLOCKED_QUEUES_ARN, [["events.amazonaws.com", fromRules]]),
          ),
        },
      },
    ],
    ["dead-letters", queueInput(alarms.DEAD_LETTERS)],
    ...ruleFiles("blocked", alarms.blockedQueueRule("dispatch", queueArn(DISPATCH_QUEUE), BLOCKED_QUEUES_ARN)),
    ...alarmFiles(alarms.sharedAlarms(TOPIC_ARN)),
  ];
}

function objectFiles(object: InfraObject): readonly File[] {
  const definition = (name: string): string => arn("batch", `job-definition/${name}`);
  const around = {
    image: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${IMAGE_REPOSITORY}:__IMAGE_TAG__`,
    region: REGION,
    bucket: BUCKET,
    dsnSecretArn: SECRET_ARN,
    executionRoleArn: role(object, "execution"),
    logGroup: logGroupName(object),
    connectionsArn: arn("batch", `consumable-resource/${CONNECTIONS_RESOURCE}`),
    assignPublicIp: "DISABLED",
    topicArn: TOPIC_ARN,
  };
  const schedule = {
    partition: "aws",
    group: SCHEDULE_GROUP,
    state: "__SCHEDULES__",
    roleArn: role(object, "schedule"),
    queueArn: queueArn(DISPATCH_QUEUE),
    deadLetterArn: DEAD_LETTERS_ARN,
    toJson: JSON.stringify,
  };
  const ownQueue = queueArn(object.entry.batch_queue);
  return [
    ["queue", jobQueue(object.entry.batch_queue, PRIORITY.object, COMPUTE)],
    ["extract-definition", extractJobDefinition(object, { ...around, jobRoleArn: role(object, "job") })],
    ["dispatch-definition", dispatchJobDefinition(object, { ...around, jobRoleArn: role(object, "dispatch") })],
    ...rolePolicies(object, definition, ownQueue),
    ["schedule", pascalKeys(dispatchSchedule(object, schedule))],
    ["freshness-schedule", pascalKeys(freshnessSchedule(object, schedule))],
    ...ruleFiles("blocked", alarms.blockedQueueRule(object.name, ownQueue, BLOCKED_QUEUES_ARN)),
    ...ruleFiles("dispatcher", alarms.lostDispatcherRule(object, queueArn(DISPATCH_QUEUE), TOPIC_ARN)),
    ...alarmFiles(alarms.objectAlarms(object, TOPIC_ARN)),
  ];
}

/** One policy for each of the object's roles. */
function rolePolicies(object: InfraObject, definition: (name: string) => string, ownQueue: string): readonly File[] {
  const bronze = [...policies.bronzeStatements(object, BUCKET_ARN), policies.bucketKeyStatement("__BUCKET_KEY_ARN__")];
  const document = (name: string, statements: readonly policies.Statement[]): File => [
    `${name}-policy`,
    policies.policyDocument(statements),
  ];
  return [
    document("execution", [
      ...policies.executionStatements({
        repository: arn("ecr", `repository/${IMAGE_REPOSITORY}`),
        logGroup: arn("logs", `log-group:${logGroupName(object)}`),
        dsnSecret: SECRET_ARN,
      }),
      policies.secretKeyStatement("__SECRET_KEY_ARN__"),
    ]),
    document("job", bronze),
    document("dispatch", [
      ...bronze,
      policies.submitStatement({ queue: ownQueue, definition }, object.entry.batch_job_definition),
      policies.WATCH_JOBS,
      policies.tellStatement(TOPIC_ARN),
    ]),
    document("schedule", [
      policies.submitStatement({ queue: queueArn(DISPATCH_QUEUE), definition }, dispatchName(object)),
      policies.deadLetterStatement(DEAD_LETTERS_ARN),
    ]),
  ];
}

function queueInput(name: string) {
  const { queueName, messageRetentionPeriod } = alarms.messageQueue(name);
  return { QueueName: queueName, Attributes: { MessageRetentionPeriod: String(messageRetentionPeriod) } };
}

function alarmFiles(all: Readonly<Record<string, alarms.Alarm>>): readonly File[] {
  const kebab = (id: string): string => id.replace(/(?<=[a-z])[A-Z]/g, "-$&").toLowerCase();
  return Object.entries(all).map(([id, alarm]) => [`alarm-${kebab(id)}`, pascalKeys(alarm)]);
}

/** A rule and its target are two calls. */
function ruleFiles(of: string, { name, description, eventPattern, target }: alarms.Rule): readonly File[] {
  const { id: Id, arn: Arn, inputTransformer } = target;
  const InputTransformer = inputTransformer && {
    InputPathsMap: inputTransformer.inputPathsMap,
    InputTemplate: inputTransformer.inputTemplate,
  };
  return [
    [`rule-${of}`, { Name: name, Description: description, State: "ENABLED", EventPattern: JSON.stringify(eventPattern) }],
    [`targets-${of}`, { Rule: name, Targets: [{ Id, Arn, ...(InputTransformer === undefined ? {} : { InputTransformer }) }] }],
  ];
}

/** Keys as CloudFormation's library has them → as those interfaces of AWS have them whose keys begin with a capital. */
function pascalKeys(value: object): object {
  const convert = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(convert);
    if (typeof node !== "object" || node === null) return node;
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key[0]!.toUpperCase() + key.slice(1), convert(inner)]));
  };
  return convert(value) as object;
}
