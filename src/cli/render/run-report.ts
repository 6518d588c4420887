import type { RunStatus } from "../../ledger/status.ts";
import type { FinishedRun } from "../../run/finish.ts";
import type { Publication } from "../../run/publish-run.ts";
import type { CommandResult, ExitCode, Facts, Talk } from "../command.ts";
import type { Explained } from "../submitters.ts";
import { bytes, count, counted, duration, table, urlOf } from "./format.ts";

/** Rows of a table for people beyond which the rest is only counted. */
const MOST_ROWS = 40;

/** 0 when every shard of the run has landed, or a run planned later landed it; else 1. */
function runExitCode({ plan, shards }: RunStatus): ExitCode {
  return plan.rejected.length === 0 && shards.every(({ status }) => status === "landed" || status === "superseded") ? 0 : 1;
}

/** How a run ended, as a command's result; said to the talk too. */
export function finishedResult({ status, summary, publication }: FinishedRun, talk: Talk, metrics: Facts): CommandResult {
  talk.close();
  const wallMs = Date.parse(summary.finished_at) - Date.parse(summary.started_at);
  talk.say("info", "run_finished", `run ${summary.run}: ${totalsLine(status)} in ${duration(wallMs)}`, {
    run: summary.run,
    landed: summary.landed,
    failed: summary.failed,
    missing: summary.missing,
    rows: summary.rows,
    bytes: summary.bytes,
    ...metrics,
  });
  return {
    exitCode: runExitCode(status),
    document: { summary, publication, shards: shardRows(status) },
    text: async () => `${await statusText(status)}${publicationText(publication)}\n`,
  };
}

/** One object for each shard, as `--json` prints it. */
export function shardRows({ plan, shards }: RunStatus) {
  return [
    ...shards.map(({ shard, status, manifest, holder, ended, error }) => ({
      shard: shard as string,
      status: status as string,
      attempts: manifest?.attempts ?? holder?.attempt ?? ended?.attempt ?? 0,
      rows: manifest?.rows ?? null,
      bytes: manifest?.bytes ?? null,
      duration_ms: manifest === null ? null : Date.parse(manifest.finished_at) - Date.parse(manifest.started_at),
      url: manifest === null ? null : urlOf(manifest),
      landed_by: manifest?.run ?? null,
      error: status === "failed" ? error : null,
    })),
    ...plan.rejected.map(({ label, error }) => ({
      shard: label,
      status: "rejected",
      attempts: 0,
      rows: null,
      bytes: null,
      duration_ms: null,
      url: null,
      landed_by: null,
      error: { code: "KEY_INVALID", message: error, hint: null, retryable: false },
    })),
  ];
}

/** How many shards are in each state, and what landed of them. */
export function totals(status: RunStatus) {
  const rows = shardRows(status);
  const of = (kind: string): number => rows.filter((row) => row.status === kind).length;
  const sum = (what: "rows" | "bytes"): number => rows.reduce((total, row) => total + (row[what] ?? 0), 0);
  return {
    landed: of("landed"),
    superseded: of("superseded"),
    running: of("running"),
    failed: of("failed"),
    rejected: of("rejected"),
    lost: of("lost"),
    missing: of("missing"),
    rows: sum("rows"),
    bytes: sum("bytes"),
  };
}

/** What hasn't landed with its reason, then as many of the others as fit, then the totals. */
export async function statusText(status: RunStatus, explained: ReadonlyMap<string, Explained> = new Map()): Promise<string> {
  const rows = shardRows(status);
  const ordered = [...rows.filter((row) => row.status !== "landed"), ...rows.filter((row) => row.status === "landed")];
  const cells = ordered
    .slice(0, MOST_ROWS)
    .map((row) => [
      row.status,
      row.shard,
      row.rows === null ? "" : counted(row.rows, "row"),
      row.bytes === null ? "" : bytes(row.bytes),
      row.duration_ms === null ? "" : duration(row.duration_ms),
      reasonOf(row, explained.get(row.shard)),
    ]);
  const more = rows.length > MOST_ROWS ? `\n… and ${count(rows.length - MOST_ROWS)} more; --json has all` : "";
  return `${await table(cells, [2, 3, 4])}${more}\n${totalsLine(status)}\n`;
}

function reasonOf(
  { error, url, status, landed_by }: ReturnType<typeof shardRows>[number],
  engine: Explained | undefined,
): string {
  const own = error !== null ? `${error.code}: ${error.message}` : status === "superseded" ? `by run ${landed_by}` : url;
  const theirs =
    engine === undefined ? null : `(${engine.by}: ${[engine.state, engine.reason].filter((part) => part !== null).join(", ")})`;
  return [own, theirs].filter((part) => part !== null).join(" ");
}

/** `18 landed, 2 failed: 54 rows, 41 kB` */
export function totalsLine(status: RunStatus): string {
  const { rows, bytes: byteCount, ...kinds } = totals(status);
  const told = Object.entries(kinds).filter(([kind, shards]) => shards > 0 || kind === "landed");
  return `${told.map(([kind, shards]) => `${count(shards)} ${kind}`).join(", ")}: ${counted(rows, "row")}, ${bytes(byteCount)}`;
}

/** Whether readers were moved just now. */
export function isMove({ published, move }: Publication): boolean {
  return published && move !== "unchanged";
}

export function publicationText(publication: Publication): string {
  if (!publication.published) return publication.move === "not asked" ? "" : `not published: ${publication.reason}`;
  const { current, move } = publication;
  return move === "unchanged"
    ? `current.json says run ${current.run} already`
    : `published: current.json says run ${current.run}`;
}
