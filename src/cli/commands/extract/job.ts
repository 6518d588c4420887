import type { RunPlan } from "../../../ledger/plan.ts";
import { BronzeError } from "../../../model/errors.ts";
import type { RunId } from "../../../model/ids.ts";
import type { Shard } from "../../../model/shard.ts";
import { jobShards } from "../../../run/job-shards.ts";
import { publishOptions } from "../../../run/publish-options.ts";
import { requirePlan } from "../../../run/require-plan.ts";
import { runContext } from "../../../run/run-context.ts";
import { type JobResult, jobExitCode, runJob } from "../../../run/run-job.ts";
import type { CommandInput, CommandResult } from "../../command.ts";
import { extractRequest } from "../../extract-request.ts";
import { type LedgerAccess, withLedger } from "../../ledger-access.ts";
import { metricFacts } from "../../metric-facts.ts";
import { extractEvents, nameOf } from "../../render/extract-events.ts";
import { withFacts } from "../../render/talk-facts.ts";
import { type JobTiming, jobDocument, jobMetrics, jobText, sayJobFinished, sayPublication } from "./job-render.ts";

/** Whether the flags, or a submitter's variables, speak of shards of a planned run. @throws BronzeError USAGE when they don't say which run */
export function isJob({ flags, typed }: CommandInput): boolean {
  if (flags.shard === undefined && flags.shardIndex === undefined) return false;
  if (flags.run !== undefined) return true;
  if (flags.submission === undefined && !typed.has("shard") && !typed.has("shardIndex")) return false;
  throw new BronzeError("USAGE", "A shard of a plan was named, but not the run", {
    hint: "Say which with --run (RUN_ID); pg-bronze runs lists them. Counties are chosen with --geoid.",
  });
}

/** One job of a planned run: lands its shards, and publishes the run when they were the last. */
export function extractJob(input: CommandInput): Promise<CommandResult> {
  return withLedger(input, async (access) => {
    const { flags, talk } = input;
    const plan = await requirePlan(access.sink, access.object, flags.run as RunId);
    const shards = await jobShards(access.sink, plan, {
      shards: flags.shard,
      index: flags.shardIndex,
      submission: flags.submission,
      sizeClass: flags.sizeClass,
    });
    const { result, timing } = await land(input, access, plan, shards);
    if (result.publication !== null) sayPublication(talk, plan, result.publication);
    talk.close();
    const metrics = jobMetrics(result, timing);
    sayJobFinished(talk, plan, result, metrics, await metricFacts(input, plan.object, metrics));
    return { exitCode: jobExitCode(result), document: jobDocument(plan, result), text: () => jobText(result) };
  });
}

async function land(
  input: CommandInput,
  { config, sink }: LedgerAccess,
  plan: RunPlan,
  shards: readonly Shard[],
): Promise<{ readonly result: JobResult; readonly timing: JobTiming }> {
  const startedAt = performance.now();
  /** What every line of the log says. */
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
  const publish = input.flags.noPublish === true ? null : publishOptions(config);
  const result = await runJob(shards, context, publish, {
    begun(shard) {
      now.shard = shard.id;
      now.attempt = 1;
    },
    waiting: (shard, { owner, run }) =>
      talk.say("info", "waiting", `${nameOf(shard)} is worked on by ${owner}, for run ${run}`, { owner, held_by_run: run }),
    ended(shard, end) {
      if (end.outcome === "failed") events.shardFailed({ shard, error: end.error });
      else if (end.outcome === "landed" && end.fresh) events.shardLanded({ shard, manifest: end.manifest });
      else events.shardSkipped({ shard, manifest: end.manifest, reason: end.outcome });
    },
  });
  const waitedMs = result.waitedMs + context.source.waitedMs;
  return { result, timing: { seconds: (performance.now() - startedAt) / 1000, retries, waited_seconds: waitedMs / 1000 } };
}
