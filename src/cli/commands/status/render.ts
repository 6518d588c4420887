import type { Published } from "../../../ledger/current.ts";
import type { RunStatus } from "../../../ledger/status.ts";
import type { Explanation } from "../../../submit/contract.ts";
import { shardRows, statusText, totals } from "../../render/run-report.ts";

/** What run it is, where its shards stand, and whether it waits to be published. */
export async function statusOfRunText(
  status: RunStatus,
  current: Published | null,
  explained: ReadonlyMap<string, Explanation>,
): Promise<string> {
  const { object, run, snapshot_dt, sink } = status.plan;
  const head = `run ${run} of ${object}, snapshot ${snapshot_dt} → ${sink}${current?.run === run ? " (published)" : ""}\n`;
  return `${head}${await statusText(status, explained)}${dueText(status, current)}`;
}

/** Jobs publish the run that they complete; the one that should have may have died, or was told not to. */
function dueText(status: RunStatus, current: Published | null): string {
  const { run, snapshot_dt } = status.plan;
  const isWhole = totals(status).landed === shardRows(status).length;
  const isDue = isWhole && current?.run !== run && (current === null || current.snapshot_dt <= snapshot_dt);
  return isDue ? `not published: readers are on ${current?.run ?? "no run"}. Move them with: pg-bronze publish ${run}\n` : "";
}
