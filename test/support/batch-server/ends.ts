import type { AttemptEnd } from "./retry.ts";

const EXITED = "Essential container in task exited";

/**
 * How attempts end on Fargate, in AWS's words. Sources: "Stopped tasks error messages" of the ECS developer guide, "Automated job retries"
 * of the AWS Batch user guide, "Fargate Spot termination notices".
 */
export const ENDS = {
  exit: (exitCode: number): AttemptEnd => ({ exitCode, statusReason: EXITED }),
  outOfMemory: { exitCode: 137, reason: "OutOfMemoryError: Container killed due to memory usage", statusReason: EXITED },
  killed: { exitCode: 137, statusReason: EXITED },
  spot: { exitCode: 143, statusReason: "Your Spot Task was interrupted." },
  /** The container never ran: there is no exit code. */
  notStarted: (reason: string): AttemptEnd => ({ exitCode: null, reason, statusReason: "Task failed to start" }),
} as const satisfies Record<string, AttemptEnd | ((given: never) => AttemptEnd)>;

/** Reasons for which tasks don't start; among thousands of starts each is met. */
export const START_FAILURES = [
  "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed",
  "CannotPullContainerError: pull image manifest has been retried 5 time(s): i/o timeout",
  "CannotStartContainerError: Error: API error (500): failed to create shim task",
  "Timeout waiting for network interface provisioning to complete.",
] as const;
