import type { RunPlan } from "../../../ledger/plan.ts";
import type { Submission } from "../../../ledger/submissions.ts";
import type { BatchStart } from "../../../submit/batch/run.ts";
import { count } from "../../render/format.ts";

/** What was handed to Batch, for stdout: a few lines for people, or one document. */
export function submittedText(
  command: string,
  plan: RunPlan,
  start: BatchStart,
  submissions: readonly Submission[],
  isJson: boolean,
): string {
  const last = submissions.at(-1);
  const jobs = (last?.handles ?? []).map(({ size_class, name, id }) => ({ size_class, name, id }));
  if (isJson) {
    const { object, run, snapshot_dt, sink } = plan;
    const facts = { object, run, snapshot_dt, sink, start, submission: last?.number ?? null, jobs };
    return `${JSON.stringify({ version: 1, command, exit_code: 0, ...facts }, null, 2)}\n`;
  }
  const shown = jobs.slice(0, 10).map(({ name, id }) => `  ${name}  ${id}`);
  const more = jobs.length > 10 ? [`  … and ${count(jobs.length - 10)} more`] : [];
  const end = last?.no_publish === true ? `Publish it in the end: pg-bronze publish ${plan.run}` : "Its last job publishes it.";
  const next = `${end} Watch it with: pg-bronze status ${plan.run} --object ${plan.object}`;
  return `${[`run ${plan.run} of ${plan.object}: ${start}`, ...shown, ...more, next].join("\n")}\n`;
}
