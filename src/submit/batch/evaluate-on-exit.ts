import type { EvaluateOnExit } from "@aws-sdk/client-batch";

/**
 * After which ends of a job AWS Batch tries it again; for the jobs that are submitted and for their definitions. First match wins, and no
 * match means retry, so the last rule ends everything else: exit 2 (nothing will be better the second time) and a lack of memory.
 * Source: AWS Batch API reference, EvaluateOnExit; at most five rules.
 */
export const EVALUATE_ON_EXIT = [
  { onStatusReason: "Your Spot Task was interrupted*", action: "RETRY" },
  { onReason: "CannotPull*", action: "RETRY" },
  { onExitCode: "143", action: "RETRY" },
  { onExitCode: "1", action: "RETRY" },
  { onReason: "*", action: "EXIT" },
] as const satisfies readonly EvaluateOnExit[];
