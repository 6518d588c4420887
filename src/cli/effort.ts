import type { RunStatus } from "../ledger/status.ts";
import type { Submission } from "../ledger/submissions.ts";
import type { Estimate, FinishedJob, SubmitterSpec } from "../submit/contract.ts";
import { bytes, counted } from "./render/format.ts";

/** What a run was thought to come to, and what it came to, in the same units. */
export interface Effort {
  readonly estimated: Figures;
  readonly actual: Figures;
}

interface Figures {
  readonly rows: number;
  /** Estimated: of the tables at the source, without indexes. Actual: of what landed. */
  readonly bytes: number;
  /** The sum over all shards, by the clock of whoever landed them; null for an estimate. */
  readonly landing_hours: number | null;
  /** What jobs take and cost, by submitter; empty where none can tell. */
  readonly jobs: Readonly<Record<string, Estimate["figures"]>>;
}

export interface ToldEffort {
  readonly effort: Effort;
  /** A line each, for people. */
  readonly estimated: string;
  readonly actual: string;
}

/** From the plan, the manifests, and the submissions, which say how large the job of each shard was. */
export async function effortOf(
  submissions: readonly Submission[],
  submitters: readonly SubmitterSpec[],
  { plan, shards }: Pick<RunStatus, "plan" | "shards">,
): Promise<ToldEffort> {
  const landed = shards.flatMap(({ shard, status, manifest }) =>
    status === "landed" && manifest !== null ? [{ shard, manifest }] : [],
  );
  const seconds = new Map(landed.map(({ shard, manifest }) => [shard as string, secondsOf(manifest)]));
  const actualJobs: Record<string, Estimate["figures"]> = {};
  const texts: string[] = [];
  for (const [engine, jobs] of jobsOf(submissions, seconds, plan.sizes)) {
    const spec = submitters.find(({ name, outlives }) => name === engine && outlives);
    const found = (await spec?.load())?.actual?.(jobs);
    if (found === undefined) continue;
    actualJobs[engine] = found.figures;
    texts.push(found.text);
  }
  const rows = landed.reduce((sum, { manifest }) => sum + manifest.rows, 0);
  const landedBytes = landed.reduce((sum, { manifest }) => sum + manifest.bytes, 0);
  const hours = [...seconds.values()].reduce((sum, one) => sum + one, 0) / 3600;
  const { estimate, estimates = {} } = plan;
  return {
    effort: {
      estimated: { ...estimate, landing_hours: null, jobs: estimates },
      actual: { rows, bytes: landedBytes, landing_hours: Number(hours.toFixed(3)), jobs: actualJobs },
    },
    estimated: [
      `about ${counted(Math.round(estimate.rows), "row")}, ${bytes(estimate.bytes)} at the source`,
      ...Object.values(estimates).map(figuresText),
    ].join("; "),
    actual: [`${counted(rows, "row")}, ${bytes(landedBytes)} landed in ${hours.toFixed(1)} hours of work`, ...texts].join("; "),
  };
}

function figuresText({ job_hours = 0, cost_usd = 0 }: Estimate["figures"]): string {
  return `${job_hours.toFixed(1)} job hours, about $${cost_usd.toFixed(2)}`;
}

function secondsOf({ started_at, finished_at }: { readonly started_at: string; readonly finished_at: string }): number {
  return Math.max(0, Date.parse(finished_at) - Date.parse(started_at)) / 1000;
}

/** The jobs that landed something, by who ran them; a shard was landed by the last job that had it. */
function jobsOf(
  submissions: readonly Submission[],
  seconds: ReadonlyMap<string, number>,
  sizes: RunStatus["plan"]["sizes"],
): Map<string, FinishedJob[]> {
  const jobOf = new Map<string, readonly string[]>();
  const about = new Map<readonly string[], { engine: string; sizeClass: string }>();
  for (const { engine, groups } of submissions) {
    for (const { size_class, jobs } of groups) {
      for (const job of jobs) {
        about.set(job, { engine, sizeClass: size_class });
        for (const shard of job) jobOf.set(shard, job);
      }
    }
  }
  const landing = new Map<readonly string[], number>();
  for (const [shard, took] of seconds) {
    const job = jobOf.get(shard);
    if (job !== undefined) landing.set(job, (landing.get(job) ?? 0) + took);
  }
  const found = new Map<string, FinishedJob[]>();
  for (const [job, took] of landing) {
    const { engine, sizeClass } = about.get(job)!;
    const size = sizes[sizeClass];
    if (size === undefined) continue;
    const known = found.get(engine) ?? [];
    known.push({ size, seconds: took });
    found.set(engine, known);
  }
  return found;
}
