import type { Published } from "../../../ledger/current.ts";
import type { RunStatus } from "../../../ledger/status.ts";
import type { Stop } from "../../../ledger/stop.ts";
import type { ObjectCheck } from "../../../run/check-objects.ts";
import { commandOn, retryHint } from "../../../run/hints.ts";
import type { ToldEffort } from "../../effort.ts";
import { count, counted } from "../../render/format.ts";
import { shardRows, statusText, totals } from "../../render/run-report.ts";
import type { Explained } from "../../submitters.ts";

/** What run it is, where its shards stand, and whether it waits to be published. */
export async function statusOfRunText(
  status: RunStatus,
  current: Published | null,
  stop: Stop | null,
  explained: ReadonlyMap<string, Explained>,
  check: ObjectCheck | null,
  { estimated, actual }: ToldEffort,
): Promise<string> {
  const { object, run, snapshot_dt, sink } = status.plan;
  const head = `run ${run} of ${object}, snapshot ${snapshot_dt} → ${sink}${current?.run === run ? " (published)" : ""}\n`;
  const cancelled =
    stop === null ? "" : `cancelled at ${stop.stopped_at}, ${stop.by}. ${retryHint("Take it up again with", status.plan)}\n`;
  const effort = `estimated: ${estimated}\nactual:    ${actual}\n`;
  const rest = `${effort}${check === null ? "" : checkText(check)}${dueText(status, current)}`;
  return `${head}${cancelled}${await statusText(status, explained)}${rest}`;
}

/** Lines about objects beyond which the rest is only counted. */
const MOST_LINES = 40;

function checkText({ checked, findings }: ObjectCheck): string {
  const lines = findings.slice(0, MOST_LINES).map(({ shard, key, how }) => `${shard}: ${key} ${how}`);
  if (findings.length > MOST_LINES) lines.push(`… and ${count(findings.length - MOST_LINES)} more; --json has all`);
  const isWell = findings.length === 0;
  const total = isWell ? "each is what its manifest says" : `${count(findings.length)} not what their manifests say`;
  return `${[...lines, `checked ${counted(checked, "object")}: ${total}`].join("\n")}\n`;
}

/** Jobs publish the run that they complete; the one that should have may have died, or was told not to. */
function dueText(status: RunStatus, current: Published | null): string {
  const { run, snapshot_dt } = status.plan;
  const isWhole = totals(status).landed === shardRows(status).length;
  const isDue = isWhole && current?.run !== run && (current === null || current.snapshot_dt <= snapshot_dt);
  return isDue
    ? `not published: readers are on ${current?.run ?? "no run"}. Move them with: ${commandOn("publish", status.plan)}\n`
    : "";
}
