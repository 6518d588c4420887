import { readPublished } from "../../../ledger/current.ts";
import { readPlan } from "../../../ledger/plan.ts";
import { landedShards } from "../../../ledger/receipts.ts";
import { listRuns } from "../../../ledger/runs.ts";
import { isStopped } from "../../../ledger/stop.ts";
import type { Sink } from "../../../sink/sink.ts";
import type { CommandAction } from "../../command.ts";
import { withLedger } from "../../ledger-access.ts";
import { type RunLine, runsText } from "./render.ts";

export const runsAction: CommandAction = (input) =>
  withLedger(input, async ({ object, sink }) => {
    const runs = await runLines(sink, object);
    return {
      exitCode: 0,
      document: { object, sink: sink.url, runs },
      text: () => (runs.length === 0 ? `${object} has no run in ${sink.url}\n` : runsText(runs)),
    };
  });

/** The newest snapshot first. */
async function runLines(sink: Sink, object: string): Promise<RunLine[]> {
  const current = await readPublished(sink, object);
  const runs: RunLine[] = [];
  for (const run of await listRuns(sink, object)) {
    const plan = await readPlan(sink, object, run);
    runs.push({
      run,
      snapshot_dt: plan?.snapshot_dt ?? null,
      planned_at: plan?.planned_at ?? null,
      planned: plan?.shards.length ?? null,
      landed: (await landedShards(sink, object, run)).size,
      published: current?.run === run,
      cancelled: await isStopped(sink, object, run),
    });
  }
  const age = ({ run, snapshot_dt, planned_at }: RunLine): string => `${snapshot_dt ?? run.slice(0, 10)} ${planned_at ?? ""}`;
  return runs.sort((a, b) => (age(a) < age(b) ? 1 : -1));
}
