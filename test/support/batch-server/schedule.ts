import type { SubmitJobCommandInput } from "@aws-sdk/client-batch";
import type { Engine } from "./engine.ts";
import type { Job } from "./job.ts";
import { type Account, checkSubmission } from "./submission.ts";

/**
 * EventBridge Scheduler delivers an event at least once: here `times`. `input` is the text of the target's Input, for the universal target
 * `aws-sdk:batch:submitJob`: members begin with a capital, and context attributes stand for the schedule's own time.
 * Source: EventBridge Scheduler user guide, "Adding context attributes", "Using universal targets".
 */
export function deliver(
  { engine, account }: { readonly engine: Engine; readonly account: Account },
  input: string,
  scheduledTime: Date,
  times = 1,
): Job[] {
  const instant = scheduledTime.toISOString().replace(/\.\d+Z$/, "Z");
  return Array.from({ length: times }, (_, i) => {
    const text = input
      .replaceAll("<aws.scheduler.scheduled-time>", instant)
      .replaceAll("<aws.scheduler.execution-id>", `execution-${i}`)
      .replaceAll("<aws.scheduler.attempt-number>", "1");
    const job = uncapitalized(JSON.parse(text)) as SubmitJobCommandInput;
    return engine.submit(checkSubmission(job, Buffer.byteLength(text), account));
  });
}

function uncapitalized(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(uncapitalized);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name[0]!.toLowerCase() + name.slice(1), uncapitalized(inner)]),
  );
}
