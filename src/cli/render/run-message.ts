import type { RunPlan } from "../../ledger/plan.ts";
import { pasted } from "../../model/command-text.ts";
import type { BronzeError } from "../../model/errors.ts";
import { plural } from "../../model/plural.ts";
import { scrub } from "../../model/secrets.ts";
import type { FinishedRun } from "../../run/finish.ts";
import { commandOn } from "../../run/hints.ts";
import type { Message } from "../../submit/contract.ts";
import { visible } from "./failure.ts";
import { count, duration } from "./format.ts";
import { publicationText, shardRows, totalsLine } from "./run-report.ts";

/** Shards that a message names; `status` has the others. */
const MOST_SHARDS = 40;

/** `unpublished`: all has landed, and readers were not moved to it. */
export type RunOutcome = "whole" | "incomplete" | "unpublished";

/** How a run ended, for those who have to do something about it or not. */
export function outcomeOf({ status, publication }: FinishedRun): RunOutcome {
  if (absentRows(status).length > 0) return "incomplete";
  // Readers of a newer run, or a publication that nobody asked for, are as they should be.
  return publication.published || publication.move === "older" || publication.move === "not asked" ? "whole" : "unpublished";
}

/** What didn't land, by this run or by a later one. */
export function absentRows(status: FinishedRun["status"]) {
  return shardRows(status).filter(({ status: is }) => is !== "landed" && is !== "superseded");
}

/** One mail about a run: how it ended, what is missing and why, and what to type. */
export function runMessage(finished: FinishedRun, noun: string): Message {
  const { status, summary, publication } = finished;
  const { plan } = status;
  const outcome = outcomeOf(finished);
  const absent = absentRows(status);
  const wallMs = Date.parse(summary.finished_at) - Date.parse(summary.started_at);
  const parts = [
    `Run ${plan.run} of ${plan.object}, snapshot ${plan.snapshot_dt}, has ended.\n${totalsLine(status)} in ${duration(wallMs)}.`,
    publicationText(publication),
    absentText(absent, noun),
    outcome === "whole" ? "" : whatToType(plan, outcome, absent[0]?.shard),
  ];
  const said = {
    whole: publication.published ? "is whole and published" : "is whole",
    incomplete: `lacks ${count(absent.length)} of ${count(summary.planned)} ${plural(noun)}`,
    unpublished: "is whole, but not published",
  }[outcome];
  return message(plan.object, outcome, `pg-bronze ${plan.object}: run ${plan.run} ${said}`, parts);
}

/** One mail about a run that could not even begin, or whose follower can't go on. */
export function notBegunMessage(object: string, error: BronzeError): Message {
  const parts = [
    `A run of ${object} could not begin, or can't be followed:`,
    `${error.code}: ${error.message}`,
    error.hint ?? "",
    "It isn't tried again by itself. Once that is mended, say the same command again; these say what is there:",
    indented([pasted(["pg-bronze", "doctor", "--object", object]), pasted(["pg-bronze", "runs", "--object", object])]),
  ];
  return message(object, "not_begun", `pg-bronze ${object}: a run could not begin (${error.code})`, parts);
}

function message(object: string, outcome: string, subject: string, parts: readonly string[]): Message {
  const text = `${parts.filter((part) => part !== "").join("\n\n")}\n`;
  return { subject: scrub(subject), text: scrub(text), attributes: { object, outcome } };
}

function absentText(absent: ReturnType<typeof absentRows>, noun: string): string {
  if (absent.length === 0) return "";
  const lines = absent.slice(0, MOST_SHARDS).map(({ shard, status, error }) => {
    const why = error === null ? status : `${error.code}: ${error.message}`;
    return `  ${visible(`${shard}  ${why}`)}`;
  });
  if (absent.length > MOST_SHARDS) lines.push(`  … and ${count(absent.length - MOST_SHARDS)} more`);
  const hints = [...new Set(absent.flatMap(({ error }) => error?.hint ?? []))].slice(0, 5).map((hint) => `  ${visible(hint)}`);
  const whatMayHelp = hints.length === 0 ? [] : ["What may help:", ...hints];
  return [`${plural(noun)} that did not land:`, ...lines, ...whatMayHelp].join("\n");
}

function whatToType(plan: RunPlan, outcome: RunOutcome, shard: string | undefined): string {
  const lines =
    outcome === "unpublished"
      ? [commandOn("status", plan, "--check"), commandOn("publish", plan)]
      : [
          commandOn("status", plan),
          ...(shard === undefined ? [] : [commandOn("logs", plan, shard)]),
          commandOn("retry", plan, "--wait"),
        ];
  return `What to type:\n${indented(lines)}`;
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join("\n");
}
