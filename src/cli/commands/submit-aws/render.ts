import type { RunPlan } from "../../../ledger/plan.ts";
import type { Submission } from "../../../ledger/submissions.ts";
import type { BatchStart } from "../../../submit/batch/run.ts";
import type { CommandResult } from "../../command.ts";
import { count } from "../../render/format.ts";

/** What was handed to Batch: a few lines for people, or one document. */
export function submittedResult(plan: RunPlan, start: BatchStart, submissions: readonly Submission[]): CommandResult {
  const last = submissions.at(-1);
  const jobs = (last?.handles ?? []).map(({ size_class, name, id }) => ({ size_class, name, id }));
  const { object, run, snapshot_dt, sink } = plan;
  return {
    exitCode: 0,
    document: { object, run, snapshot_dt, sink, start, submission: last?.number ?? null, jobs },
    text: () => {
      const shown = jobs.slice(0, 10).map(({ name, id }) => `  ${name}  ${id}`);
      const more = jobs.length > 10 ? [`  … and ${count(jobs.length - 10)} more`] : [];
      const end = last?.no_publish === true ? `Publish it in the end: pg-bronze publish ${run}` : "Its last job publishes it.";
      const next = `${end} Watch it with: pg-bronze status ${run} --object ${object}`;
      return `${[`run ${run} of ${object}: ${start}`, ...shown, ...more, next].join("\n")}\n`;
    },
  };
}
