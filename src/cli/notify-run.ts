import { thisProcess } from "../ledger/actor.ts";
import { sendOnce } from "../ledger/notice.ts";
import { BronzeError } from "../model/errors.ts";
import type { FinishedRun } from "../run/finish.ts";
import type { Messenger, SubmitterSpec } from "../submit/contract.ts";
import type { CommandInput, ExitCode } from "./command.ts";
import { configuredObject } from "./configured-object.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { notBegunMessage, outcomeOf, runMessage } from "./render/run-message.ts";

/**
 * Tells, once for each run, how a run ended that this process followed; nobody where no one was chosen to be told.
 * @returns the exit code: 2 where somebody was told of a run that isn't whole, because nothing more happens by itself; null to leave it
 */
export async function tellHowItEnded(
  spec: SubmitterSpec,
  { env, talk }: CommandInput,
  { config, sink }: LedgerAccess,
  finished: FinishedRun,
): Promise<ExitCode | null> {
  const messenger = await messengerOf(spec, env);
  if (messenger === null) return null;
  const { object, run } = finished.status.plan;
  const outcome = outcomeOf(finished);
  const message = runMessage(finished, config.source.noun);
  const isSent = await sendOnce(sink, { object, run, outcome }, thisProcess(env), () => messenger.send(message));
  const text = isSent ? `told by a message: ${message.subject}` : `run ${run} has been told of before`;
  talk.say("info", isSent ? "notice_sent" : "notice_known", text, { object, run, outcome });
  return outcome === "incomplete" ? 2 : null;
}

/**
 * Does the work of a process that nobody watches. What ends it for good is told; what passes is not, because it is started again.
 * @throws what `work` throws; BronzeError NOTICE_FAILED where nobody could be told
 */
export async function tellWhatStopsIt<T>(spec: SubmitterSpec, input: CommandInput, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const messenger = await messengerOf(spec, input.env);
    if (messenger === null || !(error instanceof BronzeError) || error.exitCode !== 2 || input.signal.aborted) throw error;
    await messenger.send(notBegunMessage(await objectOf(input), error));
    throw error;
  }
}

/** The name, though the config may be what is wrong. */
async function objectOf({ flags, env }: CommandInput): Promise<string> {
  if (flags.object !== undefined) return flags.object;
  return configuredObject(flags, env).then(
    ({ config }) => config.object,
    () => flags.config ?? "the default object",
  );
}

async function messengerOf({ load }: SubmitterSpec, env: CommandInput["env"]): Promise<Messenger | null> {
  return (await load()).messenger?.(env) ?? null;
}
