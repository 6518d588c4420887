import { maxAgeDays } from "./cadence.ts";
import { dispatchName } from "./job-definition.ts";
import type { InfraObject } from "./objects.ts";
import { DISPATCH_QUEUE } from "./queue.ts";

/** Name of the topic to which dispatchers and alarms speak. Unique in its account and region. */
export const TOPIC_NAME = "pg-bronze";
/** Queue of what schedules could not submit. */
export const DEAD_LETTERS = "pg-bronze-dead-letters";
/** Queue of AWS Batch's events about blocked job queues. */
export const BLOCKED_QUEUES = "pg-bronze-blocked-queues";
/** What names of rules begin with, so that policies know them. */
export const RULE_PREFIX = "pg-bronze-";

/** A queue of messages for people: each stays for two weeks, the longest that SQS keeps one. */
export function messageQueue(queueName: string) {
  return { queueName, messageRetentionPeriod: 14 * 24 * 3600 };
}

/** An alarm, as CloudFormation has it; PutMetricAlarm takes the same with capitals. */
export type Alarm = ReturnType<typeof alarm>;

interface AlarmShape {
  readonly name: string;
  readonly description: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimension: { readonly name: string; readonly value: string };
  readonly threshold: number;
  readonly periodSeconds: number;
  readonly evaluationPeriods?: number;
  readonly treatMissingData: "notBreaching" | "breaching" | "ignore";
  /** Whom it tells; none where somebody else does. */
  readonly topicArn: string | null;
}

function alarm(shape: AlarmShape) {
  return {
    alarmName: `pg-bronze-${shape.name}`,
    alarmDescription: shape.description,
    namespace: shape.namespace,
    metricName: shape.metricName,
    dimensions: [shape.dimension],
    statistic: "Maximum",
    period: shape.periodSeconds,
    evaluationPeriods: shape.evaluationPeriods ?? 1,
    threshold: shape.threshold,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    treatMissingData: shape.treatMissingData,
    ...(shape.topicArn === null ? {} : { alarmActions: [shape.topicArn] }),
  };
}

/** Alarms of what objects share. */
export function sharedAlarms(topicArn: string): Readonly<Record<"ScheduleFailed" | "QueueBlocked", Alarm>> {
  return {
    ScheduleFailed: messagesAlarm("schedule-failed", DEAD_LETTERS, "A schedule could not submit its job: read", topicArn),
    QueueBlocked: messagesAlarm("queue-blocked", BLOCKED_QUEUES, "A job at the head of a queue can't start: read", topicArn),
  };
}

function messagesAlarm(name: string, queue: string, what: string, topicArn: string): Alarm {
  return alarm({
    name,
    description: `${what} the messages of the SQS queue ${queue}, then purge it. docs/operating.md`,
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    dimension: { name: "QueueName", value: queue },
    threshold: 1,
    periodSeconds: 300,
    treatMissingData: "notBreaching",
    topicArn,
  });
}

/** Alarms of one object, over the metrics that its jobs write into their logs (`src/submit/batch/metrics.ts`). */
export function objectAlarms(
  object: InfraObject,
  topicArn: string,
): Readonly<Record<"NotFresh" | "Stalled" | "Incomplete", Alarm>> {
  const { name } = object;
  const own = { namespace: "pg-bronze", dimension: { name: "object", value: name } };
  const days = maxAgeDays(object.entry.cadence);
  return {
    NotFresh: alarm({
      ...own,
      name: `${name}-not-fresh`,
      description: `No run of ${name} was published for ${days} days, or nothing measures it: pg-bronze freshness --object ${name}. docs/operating.md`,
      metricName: "snapshot_age_seconds",
      threshold: days * 24 * 3600,
      periodSeconds: 24 * 3600,
      // The measurement is daily: one that is missing may be late.
      evaluationPeriods: 2,
      treatMissingData: "breaching",
      topicArn,
    }),
    Stalled: alarm({
      ...own,
      name: `${name}-stalled`,
      description: `Jobs of ${name} wait for an hour, and none runs: connections held by others, no capacity, no way out of the subnet. docs/operating.md`,
      metricName: "stalled_seconds",
      threshold: 3600,
      periodSeconds: 900,
      treatMissingData: "notBreaching",
      topicArn,
    }),
    // A state to look at: the dispatcher itself tells the topic, with the shards and the command.
    Incomplete: alarm({
      ...own,
      name: `${name}-incomplete`,
      description: `The last run of ${name} ended with shards that are absent: pg-bronze status --object ${name}. docs/operating.md`,
      metricName: "incomplete",
      threshold: 1,
      periodSeconds: 3600,
      treatMissingData: "ignore",
      topicArn: null,
    }),
  };
}

interface InputTransformer {
  readonly inputPathsMap: Record<string, string>;
  readonly inputTemplate: string;
}

/** A rule of EventBridge with one target, as plain values. */
export interface Rule {
  readonly name: string;
  readonly description: string;
  readonly eventPattern: object;
  readonly target: { readonly id: string; readonly arn: string; readonly inputTransformer?: InputTransformer };
}

/**
 * A dispatcher that ended without telling anybody: killed, out of time, never started. One that exits with 2 has told the topic how its run
 * went, so each run has one message.
 */
export function lostDispatcherRule(object: InfraObject, dispatchQueueArn: string, topicArn: string): Rule {
  const { name } = object;
  return {
    name: `${RULE_PREFIX}${name}-dispatcher`,
    description: `A dispatcher of ${name} ended without telling anybody`,
    eventPattern: {
      source: ["aws.batch"],
      "detail-type": ["Batch Job State Change"],
      detail: {
        status: ["FAILED"],
        jobQueue: [dispatchQueueArn],
        jobName: [dispatchName(object)],
        $or: [{ container: { exitCode: [{ "anything-but": [2] }] } }, { container: { exitCode: [{ exists: false }] } }],
      },
    },
    target: {
      id: "topic",
      arn: topicArn,
      inputTransformer: {
        inputPathsMap: { job: "$.detail.jobId", reason: "$.detail.statusReason", time: "$.time" },
        inputTemplate: `"pg-bronze: the dispatcher of ${name} (job <job>) ended at <time> before it could tell how its run went: <reason>. What is missing: pg-bronze status --object ${name}. Go on with it: pg-bronze submit-aws --object ${name}${object.isSharded ? " --all" : ""} --wait"`,
      },
    },
  };
}

/** AWS Batch's word that the head of a queue can't start, with its reason. They go to a queue of messages, whose alarm tells once. */
export function blockedQueueRule(of: string, queueArn: string, messagesArn: string): Rule {
  return {
    name: `${RULE_PREFIX}${of}-blocked`,
    description: `A job queue is blocked: ${of === "dispatch" ? DISPATCH_QUEUE : `jobs of ${of}`}`,
    eventPattern: {
      source: ["aws.batch"],
      "detail-type": ["Batch Job Queue Blocked"],
      detail: { jobQueue: [queueArn] },
    },
    target: { id: "messages", arn: messagesArn },
  };
}
