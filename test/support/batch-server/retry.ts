import type { RetryStrategy } from "@aws-sdk/client-batch";
import { refuse } from "./errors.ts";

/** How one attempt ended, in the words that rules are matched against. */
export interface AttemptEnd {
  readonly exitCode: number | null;
  /** Of the container: `CannotPullContainerError: …`, `OutOfMemoryError: …`. */
  readonly reason?: string;
  /** Of the job: `Essential container in task exited`, `Your Spot Task was interrupted.` */
  readonly statusReason: string;
}

const PATTERN = /^[A-Za-z0-9.:\s]{0,511}\*?$/;
const EXIT_CODE = /^\d{0,511}\*?$/;

/** @throws BatchError. Source: AWS Batch API reference, RetryStrategy and EvaluateOnExit. */
export function checkRetryStrategy({ attempts, evaluateOnExit }: RetryStrategy): void {
  if (attempts !== undefined && !(Number.isInteger(attempts) && attempts >= 1 && attempts <= 10)) {
    refuse("Retry attempts must be between 1 and 10.");
  }
  if (evaluateOnExit === undefined) return;
  if (attempts === undefined) refuse("evaluateOnExit needs attempts.");
  if (evaluateOnExit.length > 5) refuse("evaluateOnExit can hold at most 5 conditions.");
  for (const rule of evaluateOnExit) {
    if (!/^(RETRY|EXIT)$/i.test(rule.action ?? "")) refuse("evaluateOnExit action must be RETRY or EXIT.");
    const patterns = [rule.onReason, rule.onStatusReason].filter((pattern) => pattern !== undefined);
    if (rule.onExitCode === undefined && patterns.length === 0) refuse("evaluateOnExit needs a condition.");
    if (!patterns.every((pattern) => PATTERN.test(pattern))) refuse("evaluateOnExit pattern is not valid.");
    if (rule.onExitCode !== undefined && !EXIT_CODE.test(rule.onExitCode)) refuse("evaluateOnExit onExitCode is not valid.");
  }
}

/** Whether a failed attempt is tried again: the first rule of which all conditions hold says so; when none does, it is. */
export function retries(strategy: RetryStrategy, attemptsMade: number, end: AttemptEnd): boolean {
  if (attemptsMade >= (strategy.attempts ?? 1)) return false;
  const rule = (strategy.evaluateOnExit ?? []).find(
    ({ onExitCode, onReason, onStatusReason }) =>
      holds(onExitCode, end.exitCode === null ? undefined : String(end.exitCode)) &&
      holds(onReason, end.reason) &&
      holds(onStatusReason, end.statusReason),
  );
  return rule === undefined || rule.action?.toUpperCase() === "RETRY";
}

/** A condition that isn't there holds; `*` alone holds for whatever there is, also for nothing. */
function holds(pattern: string | undefined, text: string | undefined): boolean {
  if (pattern === undefined || pattern === "*") return true;
  if (text === undefined) return false;
  return pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
