import type { RunPlan } from "../../../ledger/plan.ts";
import { BronzeError } from "../../../model/errors.ts";
import type { RunId } from "../../../model/ids.ts";
import type { Shard } from "../../../model/shard.ts";
import { finishWhenWhole } from "../../../run/finish.ts";
import { jobShards } from "../../../run/job-shards.ts";
import { landClaimed } from "../../../run/land-claimed.ts";
import type { Publication } from "../../../run/publish-run.ts";
import { publishOptions, requirePlan, runContext } from "../../../run/run-context.ts";
import { landWhenFree, type ShardEnd } from "../../../run/run-shards.ts";
import type { JobMetrics } from "../../../submit/contract.ts";
import type { CommandInput, CommandResult, ExitCode, Facts } from "../../command.ts";
import { extractRequest } from "../../extract-request.ts";
import { type LedgerAccess, withLedger } from "../../ledger-access.ts";
import { extractEvents, nameOf } from "../../render/extract-events.ts";
import { jsonError } from "../../render/failure.ts";
import { bytes, counted, duration, urlOf } from "../../render/format.ts";
import { publicationText } from "../../render/run-report.ts";
import { withFacts } from "../../render/talk-facts.ts";

/** Whether the flags, or an engine's variables, speak of shards of a planned run. @throws BronzeError USAGE when they don't say which run */
export function isPlannedJob({ flags, typed }: CommandInput): boolean {
  if (flags.shard === undefined && flags.shardIndex === undefined) return false;
  if (flags.run !== undefined) return true;
  if (flags.submission === undefined && !typed.has("shard") && !typed.has("shardIndex")) return false;
  throw new BronzeError("USAGE", "A shard of a plan was named, but not the run", {
    hint: "Say which with --run (RUN_ID); pg-bronze runs lists them. Counties are chosen with --geoid.",
  });
}

/** One job of a planned run: claims its shards in the ledger, one after the other, and lands them. */
export function extractPlanned(input: CommandInput): Promise<CommandResult> {
  return withLedger(input, async (access) => {
    const { flags } = input;
    const plan = await requirePlan(access.sink, access.object, flags.run as RunId);
    const shards = await jobShards(access.sink, plan, {
      shards: flags.shard,
      index: flags.shardIndex,
      submission: flags.submission,
      sizeClass: flags.sizeClass,
    });
    const startedAt = performance.now();
    const { ends, retries } = await landAll(input, access, plan, shards);
    const finish = ends.some(({ end }) => end.outcome === "landed") ? await publishLast(input, access, plan) : null;
    return report(input, plan, ends, finish, { seconds: (performance.now() - startedAt) / 1000, retries });
  });
}

type Ended = readonly { readonly shard: Shard; readonly end: ShardEnd }[];

async function landAll(
  input: CommandInput,
  { config, sink }: LedgerAccess,
  plan: RunPlan,
  shards: readonly Shard[],
): Promise<{ ends: Ended; retries: number }> {
  const now = { run: plan.run, shard: "", attempt: 1 };
  const talk = withFacts(input.talk, () => now);
  const events = extractEvents(talk);
  let retries = 0;
  const context = runContext(plan, extractRequest(config, input, "all"), sink, {
    ...events,
    shardStarted(event) {
      now.attempt = event.attempt;
      if (event.attempt > 1) retries++;
      events.shardStarted(event);
    },
  });
  const ends: { shard: Shard; end: ShardEnd }[] = [];
  for (const shard of shards) {
    now.shard = shard.id;
    now.attempt = 1;
    const pace = { clock: context.actor.clock, signal: input.signal };
    const end = await landWhenFree(
      () => landClaimed(shard, context),
      pace,
      ({ owner, run }) =>
        talk.say("info", "waiting", `${nameOf(shard)} is worked on by ${owner}, for run ${run}`, { owner, held_by_run: run }),
    ).catch((error: unknown): ShardEnd => {
      // Nothing that befalls one shard keeps the others of its job from landing.
      if (!(error instanceof BronzeError) || input.signal.aborted) throw error;
      return { outcome: "failed", error };
    });
    ends.push({ shard, end });
    if (end.outcome === "failed") events.shardFailed({ shard, error: end.error });
    else if (end.outcome === "landed" && end.fresh) events.shardLanded({ shard, manifest: end.manifest });
    else events.shardSkipped({ shard, manifest: end.manifest, reason: end.outcome });
  }
  return { ends, retries };
}

/** Nobody may be waiting for the run: whoever lands its last shard publishes it. What keeps it from that is told, and is the job's failure. */
async function publishLast(
  { flags, talk, signal }: CommandInput,
  { config, sink }: LedgerAccess,
  plan: RunPlan,
): Promise<Publication | BronzeError | null> {
  if (flags.noPublish === true) return null;
  try {
    const publication = (await finishWhenWhole(sink, plan, publishOptions(config)))?.publication ?? null;
    if (publication !== null) {
      const event = publication.published ? "published" : "not_published";
      talk.say("info", event, publicationText(publication), { run: plan.run, move: publication.move });
    }
    return publication;
  } catch (error) {
    if (!(error instanceof BronzeError) || signal.aborted) throw error;
    talk.say("error", "not_published", `all of run ${plan.run} may have landed, but it can't be published: ${error.message}`, {
      run: plan.run,
      code: error.code,
      hint: `Once that is mended: pg-bronze publish ${plan.run}`,
    });
    return error;
  }
}

async function report(
  input: CommandInput,
  { object, run }: RunPlan,
  ends: Ended,
  finish: Publication | BronzeError | null,
  timing: Pick<JobMetrics, "seconds" | "retries">,
): Promise<CommandResult> {
  const fresh = ends.flatMap(({ end }) => (end.outcome === "landed" && end.fresh ? [end.manifest] : []));
  const rows = fresh.reduce((sum, manifest) => sum + manifest.rows, 0);
  const byteCount = fresh.reduce((sum, manifest) => sum + manifest.bytes, 0);
  const exitCode = exitCodeOf(ends, finish);
  input.talk.close();
  const failed = ends.filter(({ end }) => end.outcome === "failed").length;
  const said =
    failed > 0
      ? `${failed} of ${counted(ends.length, "shard")} failed`
      : `${ends.length === 1 ? "the shard has" : "all shards have"} landed`;
  const text = `${said}: ${counted(rows, "row")}, ${bytes(byteCount)} in ${duration(timing.seconds * 1000)}`;
  const metrics: JobMetrics = { object, rows, bytes: byteCount, ...timing, peak_memory: process.resourceUsage().maxRSS * 1024 };
  input.talk.say(failed > 0 ? "error" : "info", "job_finished", text, {
    run,
    shard: ends.map(({ shard }) => shard.id).join(","),
    attempt: Math.max(...ends.map(({ end }) => (end.outcome === "landed" ? end.manifest.attempts : timing.retries + 1))),
    exit_code: exitCode,
    ...metrics,
    ...(await jobFacts(input)),
  });
  const publication = finish instanceof BronzeError ? null : finish;
  return {
    exitCode,
    document: { object, run, shards: ends.map(shardReport), publication },
    text: () => ends.map(shardLine).join(""),
  };
}

/** What the logs of whoever runs this job want to find beside its figures. */
async function jobFacts({ submitters, env }: CommandInput): Promise<Facts> {
  const own = submitters.find(({ jobVariable }) => jobVariable !== null && Boolean(env[jobVariable]));
  return (await own?.load())?.jobFacts?.() ?? {};
}

/** Submitters start a job again after 1: it is 2 where that can't help, whatever the failure. See EVALUATE_ON_EXIT. */
function exitCodeOf(ends: Ended, finish: Publication | BronzeError | null): ExitCode {
  const errors = ends.flatMap(({ end }) => (end.outcome === "failed" ? [end.error] : []));
  if (finish instanceof BronzeError) errors.push(finish);
  if (errors.length === 0) return 0;
  return errors.some(({ retryable }) => retryable) ? 1 : 2;
}

function shardReport({ shard, end }: Ended[number]) {
  const { outcome } = end;
  const common = { shard: shard.id, outcome, key: shard.key };
  return outcome === "failed"
    ? { ...common, error: jsonError(end.error) }
    : { ...common, fresh: outcome === "landed" && end.fresh, url: urlOf(end.manifest), manifest: end.manifest };
}

function shardLine({ shard, end }: Ended[number]): string {
  const what = end.outcome === "failed" ? `${end.error.code}: ${end.error.message}` : urlOf(end.manifest);
  return `${end.outcome}  ${nameOf(shard)}  ${what}\n`;
}
