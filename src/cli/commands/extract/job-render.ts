import type { RunPlan } from "../../../ledger/plan.ts";
import { BronzeError } from "../../../model/errors.ts";
import { type JobResult, jobExitCode } from "../../../run/run-job.ts";
import type { Metrics } from "../../../submit/metrics.ts";
import type { Facts, Talk } from "../../command.ts";
import { nameOf } from "../../render/extract-events.ts";
import { jsonError } from "../../render/failure.ts";
import { bytes, counted, duration, urlOf } from "../../render/format.ts";
import { isMove, publicationText } from "../../render/run-report.ts";

export type JobTiming = Required<Pick<Metrics, "seconds" | "retries" | "waited_seconds">>;

/** What the job says of itself; every job says all of it. */
export function jobMetrics({ ends, publication }: JobResult, timing: JobTiming) {
  const fresh = ends.flatMap(({ end }) => (end.outcome === "landed" && end.fresh ? [end.manifest] : []));
  const isPublished = publication !== null && !(publication instanceof BronzeError) && isMove(publication);
  return {
    rows: fresh.reduce((sum, manifest) => sum + manifest.rows, 0),
    bytes: fresh.reduce((sum, manifest) => sum + manifest.bytes, 0),
    ...timing,
    peak_memory: process.resourceUsage().maxRSS * 1024,
    failed: ends.filter(({ end }) => end.outcome === "failed").length,
    published: isPublished ? 1 : 0,
  } satisfies Metrics;
}

/** Says what became of the run's publication by its last job. */
export function sayPublication(talk: Talk, { run }: RunPlan, publication: NonNullable<JobResult["publication"]>): void {
  if (publication instanceof BronzeError) {
    const { code, message } = publication;
    const hint = `Once that is mended: pg-bronze publish ${run}`;
    const text = `all of run ${run} may have landed, but it can't be published: ${message}`;
    talk.say("error", "not_published", text, { run, code, hint });
  } else {
    const event = publication.published ? "published" : "not_published";
    talk.say("info", event, publicationText(publication), { run, move: publication.move });
  }
}

/** The job in figures, in the one line that logs make metrics of: `facts` are the metrics as those logs want them. */
export function sayJobFinished(
  talk: Talk,
  { run }: RunPlan,
  result: JobResult,
  metrics: ReturnType<typeof jobMetrics>,
  facts: Facts,
): void {
  const { ends } = result;
  const { failed } = metrics;
  const landed = `${ends.length === 1 ? "the shard has" : "all shards have"} landed`;
  const outcome = failed > 0 ? `${failed} of ${counted(ends.length, "shard")} failed` : landed;
  const text = `${outcome}: ${counted(metrics.rows, "row")}, ${bytes(metrics.bytes)} in ${duration(metrics.seconds * 1000)}`;
  talk.say(failed > 0 ? "error" : "info", "job_finished", text, {
    run,
    shard: ends.map(({ shard }) => shard.id).join(","),
    attempt: Math.max(...ends.map(({ end }) => (end.outcome === "landed" ? end.manifest.attempts : metrics.retries + 1))),
    exit_code: jobExitCode(result),
    ...facts,
  });
}

/** What `--json` prints. */
export function jobDocument({ object, run }: RunPlan, { ends, publication }: JobResult) {
  const published = publication instanceof BronzeError ? null : publication;
  return { object, run, shards: ends.map(shardReport), publication: published };
}

/** A line for each shard. */
export function jobText({ ends }: JobResult): string {
  return ends.map(shardLine).join("");
}

function shardReport({ shard, end }: JobResult["ends"][number]) {
  const { outcome } = end;
  const common = { shard: shard.id, outcome, key: shard.key };
  return outcome === "failed"
    ? { ...common, error: jsonError(end.error) }
    : { ...common, fresh: outcome === "landed" && end.fresh, url: urlOf(end.manifest), manifest: end.manifest };
}

function shardLine({ shard, end }: JobResult["ends"][number]): string {
  const what = end.outcome === "failed" ? `${end.error.code}: ${end.error.message}` : urlOf(end.manifest);
  return `${end.outcome}  ${nameOf(shard)}  ${what}\n`;
}
