import { dispatchName } from "./job-definition.ts";
import type { InfraObject } from "./objects.ts";

/** Group of all schedules; the roles that they take trust it alone. */
export const SCHEDULE_GROUP = "pg-bronze";

/** Addresses of what a schedule points to: tokens in the stack, placeholders in the files for people. */
export interface ScheduleSurroundings {
  readonly partition: string;
  readonly group: string;
  readonly state: string;
  readonly roleArn: string;
  readonly queueArn: string;
  readonly deadLetterArn: string;
  /** JSON.stringify, or one that knows tokens. */
  toJson(value: object): string;
}

/** Plans and submits a run. The dispatcher is submitted by its name, so that the latest revision runs. */
export function dispatchSchedule(object: InfraObject, around: ScheduleSurroundings) {
  return schedule(object.name, object.entry.cadence, `Plans and submits a run of ${object.name}`, around, {
    JobName: dispatchName(object),
    JobQueue: around.queueArn,
    JobDefinition: dispatchName(object),
    // When the schedule was due, not when an attempt runs: a delivery that is late or repeated, and an attempt after midnight, are one run.
    ContainerOverrides: { Environment: [{ Name: "EXTRACT_DATE", Value: "<aws.scheduler.scheduled-time>" }] },
  });
}

/** Name of the daily job that says how old the data is which readers see. */
export function freshnessName({ name }: InfraObject): string {
  return `${name}-freshness`;
}

/**
 * Measures daily how old the data is, because alarms look back a week at most and a run may be monthly. It goes the dispatcher's way, so when no
 * dispatcher could start, the measurement is missing, and that alarms too.
 */
export function freshnessSchedule(object: InfraObject, around: ScheduleSurroundings) {
  return schedule(freshnessName(object), "cron(0 12 * * ? *)", `Measures the age of ${object.name}`, around, {
    JobName: freshnessName(object),
    JobQueue: around.queueArn,
    JobDefinition: dispatchName(object),
    ContainerOverrides: { Command: ["freshness", "--object", object.name] },
    Timeout: { AttemptDurationSeconds: 900 },
  });
}

/** A schedule, as CloudFormation has it; CreateSchedule takes the same with capitals. */
function schedule(name: string, cadence: string, description: string, around: ScheduleSurroundings, submitJob: object) {
  return {
    name,
    groupName: around.group,
    description,
    scheduleExpression: cadence,
    scheduleExpressionTimezone: "UTC",
    state: around.state,
    flexibleTimeWindow: { mode: "OFF" },
    target: {
      arn: `arn:${around.partition}:scheduler:::aws-sdk:batch:submitJob`,
      roleArn: around.roleArn,
      input: around.toJson(submitJob),
      retryPolicy: { maximumRetryAttempts: 5, maximumEventAgeInSeconds: 3600 },
      deadLetterConfig: { arn: around.deadLetterArn },
    },
  };
}
