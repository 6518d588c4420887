import { readPublished } from "../../../ledger/current.ts";
import { type RunStatus, runStatus } from "../../../ledger/status.ts";
import { readStop } from "../../../ledger/stop.ts";
import { readSubmissions, type Submission } from "../../../ledger/submissions.ts";
import type { ShardId } from "../../../model/ids.ts";
import { checkObjects, type ObjectCheck } from "../../../run/check-objects.ts";
import type { CommandAction, ExitCode } from "../../command.ts";
import { effortOf } from "../../effort.ts";
import { withLedger } from "../../ledger-access.ts";
import { namedRun } from "../../named-run.ts";
import { shardRows, totals } from "../../render/run-report.ts";
import { explainShards } from "../../submitters.ts";
import { statusOfRunText } from "./render.ts";

export const statusAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const plan = await namedRun(input, access);
    const status = (await runStatus(access.sink, access.object, plan.run))!;
    const current = await readPublished(access.sink, access.object);
    const open = status.shards.flatMap(({ shard, status: is }) => (is === "landed" ? [] : [shard]));
    const explained = await explainShards(input, access, plan, open);
    const stop = await readStop(access.sink, access.object, plan.run);
    const submissions = await readSubmissions(access.sink, access.object, plan.run);
    const check = input.flags.check === true ? await checkObjects(access.sink, access.object, status.shards) : null;
    const told = await effortOf(submissions, input.submitters, status);
    const { object, run, snapshot_dt, sink, planned_at } = plan;
    return {
      exitCode: exitCodeOf(status, check),
      document: {
        ...{ object, run, snapshot_dt, sink, planned_at },
        published: current?.run === run,
        cancelled: stop === null ? null : { at: stop.stopped_at, by: stop.by },
        submissions: submissions.map(submissionLine),
        totals: totals(status),
        ...told.effort,
        shards: shardRows(status).map((row) => ({ ...row, engine: explained.get(row.shard as ShardId) ?? null })),
        ...(check === null ? {} : { checked: check.checked, objects: check.findings }),
      },
      text: () => statusOfRunText(status, current, stop, explained, check, told),
    };
  });

/** One submission, as `--json` prints it. */
function submissionLine({ number, engine, round, submitted_at, handed_over_at, cancelled_at, holder, groups }: Submission) {
  const shards = groups.reduce((sum, { jobs }) => sum + jobs.flat().length, 0);
  return { number, engine, round, shards, submitted_at, handed_over_at, cancelled_at, submitting: holder?.owner ?? null };
}

function exitCodeOf(status: RunStatus, check: ObjectCheck | null): ExitCode {
  const isDamaged = check?.findings.some(({ replaced_by }) => replaced_by === null) ?? false;
  return isDamaged || shardRows(status).some(({ status: is }) => ["failed", "rejected", "lost"].includes(is)) ? 1 : 0;
}
