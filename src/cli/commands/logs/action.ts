import type { RunPlan } from "../../../ledger/plan.ts";
import { shardStatus } from "../../../ledger/status.ts";
import { readSubmissions } from "../../../ledger/submissions.ts";
import { BronzeError } from "../../../model/errors.ts";
import { parseShardId, type ShardId } from "../../../model/ids.ts";
import type { LogLine, LogLines, Submitter } from "../../../run/submitter.ts";
import type { CommandAction, CommandInput } from "../../command.ts";
import { type LedgerAccess, withLedger } from "../../ledger-access.ts";
import { namedRun } from "../../named-run.ts";
import { type Explained, withSubmittersOf } from "../../submitters.ts";
import { logText } from "./render.ts";

export const logsAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const [run, name] = namesOf(input.args);
    const plan = await namedRun({ ...input, args: [run] }, access);
    const shard = parseShardId(name);
    const found = await shardStatus(access.sink, plan, shard);
    if (found === null) {
      throw new BronzeError("SHARD_UNKNOWN", `Run ${plan.run} has no shard ${name}`, { context: { run: plan.run, shard: name } });
    }
    const { engine, lines } = await askEngines(input, access, plan, shard);
    return {
      exitCode: 0,
      document: { object: plan.object, run: plan.run, ...found, engine, log_lines: lines },
      text: () => logText(found, engine, lines ?? []),
    };
  });

/** `RUN SHARD` or `RUN/SHARD`. @throws BronzeError USAGE */
function namesOf(args: readonly string[]): readonly [run: string, shard: string] {
  const [run, shard, ...more] = args.length === 1 ? (args[0] ?? "").split("/") : args;
  if (run && shard && more.length === 0) return [run, shard];
  throw new BronzeError("USAGE", "Name a run and a shard", {
    hint: "For example: pg-bronze logs 2026-11-30-0123456789 48113",
  });
}

interface Found {
  readonly engine: Explained | null;
  /** Null where there are none, or nobody can read them. */
  readonly lines: readonly LogLine[] | null;
}

/** What those who ran the shard's job know of it, and the lines that it wrote. */
async function askEngines(input: CommandInput, access: LedgerAccess, plan: RunPlan, shard: ShardId): Promise<Found> {
  let found: Found = { engine: null, lines: null };
  const submissions = await readSubmissions(access.sink, plan.object, plan.run);
  await withSubmittersOf(submissions, input, access, async (submitter, { title }) => {
    const said = (await submitter.explain(submissions, [shard])).get(shard);
    if (said === undefined) return;
    found = { engine: { by: title, ...said }, lines: null };
    if (said.lines !== null) found = { ...found, lines: await readLines(submitter, said.lines, input) };
  });
  return found;
}

/** Where lines are stands beside them: that they can't be read from here is a warning. */
async function readLines(
  submitter: Submitter,
  lines: LogLines,
  { flags, signal, talk }: CommandInput,
): Promise<LogLine[] | null> {
  if (flags.tail === 0 || submitter.readLog === undefined) return null;
  try {
    return await submitter.readLog(lines, flags.tail ?? null, signal);
  } catch (error) {
    if (!(error instanceof BronzeError) || signal.aborted) throw error;
    const hint = error.hint === undefined ? "" : `\n  hint: ${error.hint}`;
    talk.say("warn", "log_unread", `warning: ${error.message}${talk.format === "text" ? hint : ""}`, {
      code: error.code,
      ...error.context,
    });
    return null;
  }
}
