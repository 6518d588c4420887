import { DAY_MS } from "../../../gc/contract.ts";
import { collectGarbage } from "../../../gc/gc.ts";
import { KINDS } from "../../../gc/report.ts";
import { thisProcess } from "../../../ledger/actor.ts";
import type { CommandAction } from "../../command.ts";
import { withLedger } from "../../ledger-access.ts";
import { gcText } from "./render.ts";

const KEEP_RUNS = 50;

export const gcAction: CommandAction = (input) =>
  withLedger(input, async ({ sink, config }) => {
    const { flags, signal, talk } = input;
    const isDryRun = flags.delete !== true;
    const { totals, items } = await collectGarbage(sink, config, {
      delete: !isDryRun,
      foreign: flags.foreign === true,
      olderThanMs: flags.olderThan ?? DAY_MS,
      keepRuns: flags.keepRuns ?? KEEP_RUNS,
      actor: thisProcess(input.env),
      signal,
      progress: (text) => talk.status(text),
    });
    return {
      exitCode: KINDS.some((kind) => totals[kind].failed > 0) ? 1 : 0,
      document: { object: config.object, sink: sink.url, dry_run: isDryRun, totals, items },
      text: () => gcText({ totals, items }, isDryRun),
    };
  });
