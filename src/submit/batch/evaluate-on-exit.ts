import type { EvaluateOnExit } from "@aws-sdk/client-batch";

/**
 * After which ends of a job AWS Batch doesn't try it again; for the jobs that are submitted and for their definitions. The first match wins,
 * and no match means retry, within the attempts. So only what a second attempt can't mend stands here: exit 2 (the job says so itself), and
 * a lack of memory, by its exit code (137: SIGKILL) or its reason, which wants a larger job. Everything else may pass: an interrupted Spot
 * task, an image that couldn't be pulled, a secret or a network interface that wasn't there yet ("Task failed to start"), SIGTERM, exit 1.
 * Source: AWS Batch API reference, EvaluateOnExit; at most five rules.
 */
export const EVALUATE_ON_EXIT = [
  { onExitCode: "2", action: "EXIT" },
  { onExitCode: "137", action: "EXIT" },
  { onReason: "OutOfMemory*", action: "EXIT" },
] as const satisfies readonly EvaluateOnExit[];
