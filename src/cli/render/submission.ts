import type { RunPlan } from "../../ledger/plan.ts";
import type { Submission } from "../../ledger/submissions.ts";
import type { ShardId } from "../../model/ids.ts";
import { commandOn, retryHint } from "../../run/hints.ts";
import type { Start } from "../../run/submit-once.ts";
import type { JobProgress } from "../../run/submitter.ts";
import type { CommandResult, Talk } from "../command.ts";
import { count, counted } from "./format.ts";

/** Names of jobs beyond which the rest is only counted. */
const MOST_JOBS = 10;

/** Says how a run goes on where its jobs outlive this process. */
export function sayStarted(talk: Talk, plan: RunPlan, title: string, start: Start, submissions: readonly Submission[]): void {
  const { object, run } = plan;
  const last = submissions.at(-1);
  talk.say("info", start, `run ${run}: ${startText(start, title)}`, { object, run, submission: last?.number ?? null });
  if (start === "landed" || start === "left alone") return;
  for (const { name, id } of last?.handles ?? []) {
    talk.say("debug", "job", `${name} is ${id}`, { run, job_name: name, job_id: id });
  }
}

function startText(start: Start, title: string): string {
  switch (start) {
    case "submitted":
      return `submitted to ${title}`;
    case "resumed":
      return "its submission, whose answer was lost, is complete now";
    case "running":
      return "its jobs are under way; nothing was submitted";
    case "landed":
      return "all of it has landed; nothing was submitted";
    case "left alone":
      return "what is left failed for good, or too often; nothing was submitted";
  }
}

export function sayWaiting(talk: Talk, { run }: RunPlan, owner: string): void {
  talk.say("info", "waiting", `run ${run}: ${owner} is submitting it; waiting until its jobs are known`, { run, owner });
}

/** Names of shards beyond which the rest is only counted. */
const MOST_SHARDS = 10;

/** Says what was not submitted again, and how to when it was mended. */
export function sayLeftAlone(talk: Talk, plan: RunPlan, shards: readonly ShardId[]): void {
  if (shards.length === 0) return;
  const named = shards.slice(0, MOST_SHARDS).join(", ");
  const more = shards.length > MOST_SHARDS ? ` and ${count(shards.length - MOST_SHARDS)} more` : "";
  const text = `${counted(shards.length, "shard")} failed in a way that trying again can't help: ${named}${more}. ${retryHint("Once that is mended", plan)}`;
  talk.say("warn", "left_alone", text, { run: plan.run, shards: shards.length });
}

/** Tells where the jobs of a run stand: a line that moves, and an event whenever that changes. */
export function progressTeller(talk: Talk, { run }: RunPlan): (progress: JobProgress) => void {
  let before = "";
  return (now) => {
    const { waiting, running, succeeded, failed } = now;
    const text = `${count(waiting)} waiting, ${count(running)} running, ${count(succeeded)} succeeded, ${count(failed)} failed`;
    talk.status(`run ${run}: ${text}`);
    if (text !== before) talk.say("debug", "progress", text, { run, ...now });
    before = text;
  };
}

/** What was submitted: a few lines for people, or one document. */
export function submittedResult(plan: RunPlan, start: Start, submissions: readonly Submission[]): CommandResult {
  const last = submissions.at(-1);
  const jobs = (last?.handles ?? []).map(({ size_class, name, id }) => ({ size_class, name, id }));
  const { object, run, snapshot_dt, sink } = plan;
  return {
    exitCode: 0,
    document: { object, run, snapshot_dt, sink, start, submission: last?.number ?? null, jobs },
    text: () => {
      const shown = jobs.slice(0, MOST_JOBS).map(({ name, id }) => `  ${name}  ${id}`);
      const more = jobs.length > MOST_JOBS ? [`  … and ${count(jobs.length - MOST_JOBS)} more`] : [];
      const end =
        last?.no_publish === true ? `Publish it in the end: ${commandOn("publish", plan)}` : "Its last job publishes it.";
      const next = `${end}\nWatch it with: ${commandOn("status", plan)}`;
      return `${[`run ${run} of ${object}: ${start}`, ...shown, ...more, next].join("\n")}\n`;
    },
  };
}
