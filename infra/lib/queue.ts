/** Queue of all dispatchers and of the jobs that look at how old the data is. Unique in its account and region. */
export const DISPATCH_QUEUE = "pg-bronze-dispatch";

/**
 * A queue is served first in, first out, and its head waits for connections to the source while those are held. So what begins and watches
 * runs has a queue of its own, which is served before those of the objects.
 */
export const PRIORITY = { dispatch: 10, object: 1 } as const;

/** Four hours of a region without capacity; what no time can mend is ended after ten minutes, which is the least that Batch takes. */
const TIME_LIMITS = [
  ["CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY", 4 * 3600],
  ["MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE", 600],
  ["MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT", 600],
] as const;

/** A job queue, as CreateJobQueue takes it. A job's own timeout counts from its start: for one that can't start there are the queue's limits. */
export function jobQueue(name: string, priority: number, computeEnvironment: string) {
  return {
    jobQueueName: name,
    state: "ENABLED",
    priority,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment }],
    // Source: AWS Batch user guide, "Automatic remediation with jobStateTimeLimitActions": reasons, and CANCEL alone outside SageMaker.
    jobStateTimeLimitActions: TIME_LIMITS.map(([reason, maxTimeSeconds]) => ({
      reason,
      state: "RUNNABLE",
      maxTimeSeconds,
      action: "CANCEL",
    })),
  };
}
