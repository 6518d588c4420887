import { Aws, type Stack } from "aws-cdk-lib";
import { CfnAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { CfnRule } from "aws-cdk-lib/aws-events";
import { CfnSubscription, CfnTopic, CfnTopicPolicy } from "aws-cdk-lib/aws-sns";
import { dispatchName } from "./job-definition.ts";
import type { AddedObject } from "./object-resources.ts";
import { type Parameters, pascal } from "./parameters.ts";

/**
 * Tells when a run failed, once, and not for each of its counties: a dispatcher that ended with 1 (the ledger is incomplete), an array
 * whose children failed, a table that is a job by itself, or a schedule that could not submit.
 */
export function addAlarms(stack: Stack, parameters: Parameters, added: readonly AddedObject[]): void {
  const topic = new CfnTopic(stack, "Alarms", { displayName: "pg-bronze" });
  const email = new CfnSubscription(stack, "AlarmEmailSubscription", {
    topicArn: topic.ref,
    protocol: "email",
    endpoint: parameters.alarmEmail,
  });
  email.cfnOptions.condition = parameters.hasEmail;
  const ruleArns = added.map((one) => addFailedRun(stack, topic, one));
  new CfnTopicPolicy(stack, "AlarmsPolicy", {
    topics: [topic.ref],
    policyDocument: {
      Version: "2012-10-17",
      Statement: [
        publish("events.amazonaws.com", topic, { ArnEquals: { "aws:SourceArn": ruleArns } }),
        publish("cloudwatch.amazonaws.com", topic, { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } }),
      ],
    },
  });
  addAlarm(stack, "ScheduleFailed", topic, {
    description: "A schedule of pg-bronze could not submit its run.",
    namespace: "AWS/Scheduler",
    metric: "TargetErrorCount",
    dimension: { name: "ScheduleGroup", value: "pg-bronze" },
  });
}

function publish(service: string, topic: CfnTopic, condition: object): object {
  return { Effect: "Allow", Principal: { Service: service }, Action: "sns:Publish", Resource: topic.ref, Condition: condition };
}

function addFailedRun(stack: Stack, topic: CfnTopic, { object, queueArn }: AddedObject): string {
  const id = pascal(object.name);
  const dispatcher = {
    prefix: `arn:${Aws.PARTITION}:batch:${Aws.REGION}:${Aws.ACCOUNT_ID}:job-definition/${dispatchName(object)}:`,
  };
  // A parent has a size and no index, a child both or the index alone, a single job neither.
  const parent = { arrayProperties: { size: [{ exists: true }], index: [{ exists: false }] } };
  const rule = new CfnRule(stack, `${id}FailedRule`, {
    description: `A run of ${object.name} failed`,
    state: "ENABLED",
    eventPattern: {
      source: ["aws.batch"],
      "detail-type": ["Batch Job State Change"],
      detail: {
        status: ["FAILED"],
        jobQueue: [queueArn],
        ...(object.isSharded ? { $or: [{ jobDefinition: [dispatcher] }, parent] } : {}),
      },
    },
    targets: [
      {
        id: "topic",
        arn: topic.ref,
        inputTransformer: {
          inputPathsMap: { job: "$.detail.jobName", id: "$.detail.jobId", reason: "$.detail.statusReason", time: "$.time" },
          inputTemplate: `"pg-bronze ${object.name}: job <job> (<id>) failed at <time>: <reason>. What is missing: pg-bronze status --object ${object.name}. Again: pg-bronze retry RUN."`,
        },
      },
    ],
  });
  addAlarm(stack, `${id}RunFailed`, topic, {
    description: `A run of ${object.name} failed: pg-bronze status --object ${object.name} says what is missing.`,
    namespace: "AWS/Events",
    metric: "TriggeredRules",
    dimension: { name: "RuleName", value: rule.ref },
  });
  return rule.attrArn;
}

interface Watched {
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimension: { readonly name: string; readonly value: string };
}

function addAlarm(stack: Stack, id: string, topic: CfnTopic, watched: Watched): void {
  new CfnAlarm(stack, id, {
    alarmDescription: watched.description,
    namespace: watched.namespace,
    metricName: watched.metric,
    dimensions: [watched.dimension],
    statistic: "Sum",
    period: 300,
    evaluationPeriods: 1,
    threshold: 1,
    comparisonOperator: "GreaterThanOrEqualToThreshold",
    treatMissingData: "notBreaching",
    alarmActions: [topic.ref],
  });
}
