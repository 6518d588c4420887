import { availableParallelism } from "node:os";
import { requireField } from "../config/registry.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { isStopped } from "../ledger/stop.ts";
import { systemClock } from "../model/clock.ts";
import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import { finishRun } from "../run/finish.ts";
import { publishOptions, runContext } from "../run/run-context.ts";
import { startSubmission } from "../run/start-submission.ts";
import { dockerSubmitter } from "../submit/docker.ts";
import { concurrentShards, type LocalOptions, localSubmitter } from "../submit/local.ts";
import type { CommandInput, CommandResult } from "./command.ts";
import { extractRequest } from "./extract-request.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { runEvents } from "./render/run-events.ts";
import { finishedResult } from "./render/run-report.ts";

/** More would have to share the main thread, and the source's connections are worth more than the minutes. */
const MOST_JOBS = 4;

/** Lands what is left of a run on this machine, says how it went, and publishes it when it is whole. */
export async function landHere(
  plan: RunPlan,
  input: CommandInput,
  access: LedgerAccess,
  { engine, withRunning }: { readonly engine: "local" | "docker"; readonly withRunning: boolean },
): Promise<CommandResult> {
  const { sink } = access;
  if (await isStopped(sink, plan.object, plan.run)) {
    throw new BronzeError("USAGE", `Run ${plan.run} was cancelled`, {
      hint: `Take it up again with: pg-bronze retry ${plan.run}`,
    });
  }
  const { noPublish } = input.flags;
  const submission = await startSubmission(sink, plan, engine, { withRunning, noPublish });
  if (submission !== null) {
    const submitter = await localEngine(engine, plan, submission.groups.flatMap(({ jobs }) => jobs.flat()).length, input, access);
    await submitter.submit({ plan, submission, signal: input.signal });
  }
  const finished = await finishRun(sink, plan, noPublish === true ? null : publishOptions(access.config, input.flags));
  return finishedResult(finished, input.talk);
}

async function localEngine(
  engine: "local" | "docker",
  plan: RunPlan,
  shards: number,
  input: CommandInput,
  { config, entry, sink }: LedgerAccess,
) {
  const { flags, talk, signal } = input;
  const events = runEvents(talk, plan, shards);
  const connections = flags.parallelism ?? config.read.parallelism;
  const common: Omit<LocalOptions, "context"> = {
    jobs: concurrentShards(flags.jobs ?? Math.min(MOST_JOBS, availableParallelism()), flags.maxConnections ?? null, connections),
    attempts: flags.attempts ?? 3,
    minDelayMs: config.source.retry.min_delay_ms,
    maxDelayMs: config.source.retry.max_delay_ms,
    clock: systemClock,
    settled: events.settled,
    retried: events.retried,
  };
  if (engine === "local") {
    const request = { ...extractRequest(config, input, "all"), signal };
    const context = runContext(plan, request, sink, events.extract, { shardsAtOnce: Math.min(common.jobs, shards) });
    return localSubmitter({ ...common, context });
  }
  if (entry === null) {
    throw new BronzeError("USAGE", `--engine docker needs the registry's entry of ${config.object}`, {
      hint: "Its compose_service names the service. Leave --config out, or the engine.",
    });
  }
  const service = requireField(config.object, entry, "compose_service", "--engine docker");
  const log = (shard: Shard, line: string): void => talk.say("debug", "container", `${shard.id}: ${line}`, { shard: shard.id });
  return dockerSubmitter({ ...common, sink, service, log });
}
