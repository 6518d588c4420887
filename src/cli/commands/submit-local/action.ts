import { availableParallelism } from "node:os";
import type { RunPlan } from "../../../ledger/plan.ts";
import { BronzeError } from "../../../model/errors.ts";
import type { Shard } from "../../../model/shard.ts";
import type { LocalOptions } from "../../../submit/local.ts";
import type { CommandAction, CommandInput } from "../../command.ts";
import { extractRequest } from "../../extract-request.ts";
import { type LedgerAccess, withLedger } from "../../ledger-access.ts";
import { runEvents } from "../../render/run-events.ts";
import { finishedReport } from "../../render/run-report.ts";
import { planRun } from "../plan/action.ts";
import { planText } from "../plan/render.ts";

/** Dallas, Harris and Travis: large enough to mean something, small enough to try. */
const TEXAS = { geoid: ["48113", "48201", "48453"] };
/** More would have to share the main thread, and the source's connections are worth more than the minutes. */
const MOST_JOBS = 4;

export const submitLocalAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const whenNothing = access.config.extract_pattern === "county_sharded" && input.flags.sinceRefresh !== true ? TEXAS : "all";
    const { plan } = await planRun(input, access, whenNothing);
    if (input.flags.dryRun === true) {
      input.print(input.flags.json === true ? `${JSON.stringify(plan, null, 2)}\n` : await planText(plan, 1));
      return 0;
    }
    return landHere("submit-local", plan, input, access);
  });

/** Lands what is left of a run on this machine, says how it went, and gives the exit code. */
export async function landHere(
  command: "submit-local" | "retry",
  plan: RunPlan,
  input: CommandInput,
  access: LedgerAccess,
  engine: "local" | "docker" = input.flags.engine ?? "local",
): Promise<number> {
  const { sink } = access;
  const { isStopped } = await import("../../../ledger/stop.ts");
  const { startSubmission } = await import("../../../run/start-submission.ts");
  const { finishRun } = await import("../../../run/finish.ts");
  const { parseRunId } = await import("../../../model/ids.ts");
  if (await isStopped(sink, plan.object, parseRunId(plan.run))) {
    throw new BronzeError("USAGE", `Run ${plan.run} was cancelled`, {
      hint: `Take it up again with: pg-bronze retry ${plan.run}`,
    });
  }
  const submission = await startSubmission(sink, plan, engine, {
    withRunning: command === "submit-local",
    noPublish: input.flags.noPublish,
  });
  if (submission !== null) {
    const submitter = await localEngine(engine, plan, submission.groups.flatMap(({ jobs }) => jobs.flat()).length, input, access);
    await submitter.submit({ plan, submission, signal: input.signal });
  }
  const finished = await finishRun(sink, plan, {
    publish: input.flags.noPublish !== true,
    allowPartial: input.flags.allowPartial === true,
  });
  input.talk.close();
  return finishedReport(command, finished, input);
}

async function localEngine(
  engine: "local" | "docker",
  plan: RunPlan,
  shards: number,
  input: CommandInput,
  { config, entry, sink }: LedgerAccess,
) {
  const { flags, talk, signal } = input;
  const { concurrentShards, localSubmitter } = await import("../../../submit/local.ts");
  const events = runEvents(talk, plan, shards);
  const connections = flags.parallelism ?? config.read.parallelism;
  const common: Omit<LocalOptions, "job"> = {
    jobs: concurrentShards(flags.jobs ?? Math.min(MOST_JOBS, availableParallelism()), flags.maxConnections ?? null, connections),
    attempts: flags.attempts ?? 3,
    minDelayMs: config.source.retry.min_delay_ms,
    maxDelayMs: config.source.retry.max_delay_ms,
    settled: events.settled,
    retried: events.retried,
  };
  if (engine === "local") {
    const { plannedJob } = await import("../../../run/planned-job.ts");
    const request = { ...extractRequest(config, input, "all"), signal };
    const job = { ...plannedJob(plan, request, sink, events.extract), shardsAtOnce: Math.min(common.jobs, shards) };
    return localSubmitter({ ...common, job });
  }
  if (entry === null) {
    throw new BronzeError("USAGE", `--engine docker needs the registry's entry of ${config.object}`, {
      hint: "Its compose_service names the service. Leave --config out, or the engine.",
    });
  }
  const { requireField } = await import("../../../config/registry.ts");
  const service = requireField(config.object, entry, "compose_service", "--engine docker");
  const { dockerSubmitter } = await import("../../../submit/docker.ts");
  const log = (shard: Shard, line: string): void => talk.say("debug", "container", `${shard.id}: ${line}`, { shard: shard.id });
  return dockerSubmitter({ ...common, sink, service, log });
}
