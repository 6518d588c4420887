import { type Published, readPublished } from "../ledger/current.ts";
import type { RunPlan } from "../ledger/plan.ts";
import type { FinishedRun } from "../run/finish.ts";
import type { JobProgress } from "../run/submitter.ts";
import type { CommandInput, Facts } from "./command.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { metricFacts } from "./metric-facts.ts";
import { duration } from "./render/format.ts";
import { absentRows } from "./render/run-message.ts";
import { isMove } from "./render/run-report.ts";

/** A run's end in figures, for the line that says it. */
export async function runFacts(
  input: CommandInput,
  { object, sink }: LedgerAccess,
  { status, publication }: FinishedRun,
): Promise<Facts> {
  const current = publication.published ? publication.current : await readPublished(sink, object);
  return metricFacts(input, object, {
    incomplete: absentRows(status).length,
    published: isMove(publication) ? 1 : 0,
    ...snapshotAge(current, Date.now()),
  });
}

/** How long ago readers were moved to what they see; nothing before the first publication. */
export function snapshotAge(current: Published | null, now: number): { readonly snapshot_age_seconds?: number } {
  return current === null ? {} : { snapshot_age_seconds: Math.max(0, (now - Date.parse(current.published_at)) / 1000) };
}

/** How often it is said whether a run moves: an alarm hears both. */
const STALL_TOLD_MS = 5 * 60_000;

/** Tells for how long a run's jobs have waited without one that runs: no capacity, a bad subnet, units that are held by others. */
export function stallTeller({ object, run }: RunPlan, input: CommandInput): (progress: JobProgress) => void {
  let stalledAt: number | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;
  return ({ waiting, running }) => {
    const now = performance.now();
    const isStalled = waiting > 0 && running === 0;
    stalledAt = isStalled ? (stalledAt ?? now) : null;
    if (now - toldAt < STALL_TOLD_MS) return;
    toldAt = now;
    const stalledMs = stalledAt === null ? 0 : now - stalledAt;
    const isLong = stalledMs >= STALL_TOLD_MS;
    const text = isLong ? `no job of run ${run} has run for ${duration(stalledMs)}: ${waiting} wait` : `run ${run} moves`;
    void metricFacts(input, object, { stalled_seconds: stalledMs / 1000 }).then((facts) => {
      // A log that makes metrics of its lines has to have all of them.
      const level = isLong ? "warn" : "_aws" in facts ? "info" : "debug";
      input.talk.say(level, isLong ? "stalled" : "moving", text, { run, waiting, running, ...facts });
    });
  };
}
