import { readPublished } from "../ledger/current.ts";
import { latestRun } from "../ledger/runs.ts";
import { type RunStatus, runStatus } from "../ledger/status.ts";
import { readStop } from "../ledger/stop.ts";
import { BronzeError } from "../model/errors.ts";
import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import type { ReportData } from "./contract.ts";
import { type PreviousRun, previousRun } from "./previous.ts";
import { type Failure, groupFailures } from "./reasons.ts";

export interface GatherOptions {
  readonly now?: Date;
  /** What the run was thought to come to, and what it came to. */
  readonly effortOf?: (status: RunStatus) => Promise<ReportData["effort"]>;
}

/**
 * Reads what a report shows from the ledger, and nothing else: two requests for each shard that landed here, one for each that landed in
 * the run before. `run` null: the latest.
 * @throws BronzeError USAGE when the object has no such run.
 */
export async function gatherReport(
  sink: Sink,
  object: string,
  run: RunId | null,
  { now = new Date(), effortOf = async () => null }: GatherOptions = {},
): Promise<ReportData> {
  const wanted = run ?? (await latestRun(sink, object));
  const status = wanted === null ? null : await runStatus(sink, object, wanted);
  if (status === null) {
    const which = run === null ? "no run" : `no run ${run}`;
    throw new BronzeError("USAGE", `${object} has ${which} in ${sink.url}`, {
      hint: "Name object and sink with --object and --sink; pg-bronze runs lists the runs there.",
      context: { object, sink: sink.url },
    });
  }
  const previous = await previousRun(sink, status.plan);
  const current = await readPublished(sink, object);
  const stop = await readStop(sink, object, status.plan.run);
  const { plan } = status;
  return {
    object,
    run: plan.run,
    snapshotDt: plan.snapshot_dt,
    sink: plan.sink,
    tool: plan.tool,
    createdAt: Date.parse(plan.planned_at),
    generatedAt: now.getTime(),
    cancelledAt: stop === null ? null : Date.parse(stop.stopped_at),
    published: current === null ? null : { run: current.run, snapshotDt: current.snapshot_dt },
    previous: previous === null ? null : { run: previous.run, snapshotDt: previous.snapshotDt },
    effort: await effortOf(status),
    ...shardsAndReasons(status, previous),
  };
}

type PlannedShard = RunStatus["plan"]["shards"][number];

function shardsAndReasons({ plan, shards }: RunStatus, previous: PreviousRun | null): Pick<ReportData, "shards" | "reasons"> {
  const rows = [
    ...shards.map((state, index) => shardRow(plan.shards[index]!, state, previous)),
    ...plan.rejected.map(rejectedRow),
  ];
  const failed = rows.filter(({ failure }) => failure !== null);
  const { reasons, reasonOf } = groupFailures(failed.map(({ failure }) => failure!));
  const reason = new Map(failed.map((row, index) => [row, reasonOf[index]!]));
  const column = <K extends keyof ShardRow>(name: K): ShardRow[K][] => rows.map((row) => row[name]);
  return {
    reasons,
    shards: {
      id: column("id"),
      geoid: column("geoid"),
      state: column("state"),
      source: column("source"),
      status: column("status"),
      rows: column("rows"),
      bytes: column("bytes"),
      startedAt: column("startedAt"),
      endedAt: column("endedAt"),
      attempts: column("attempts"),
      rowsExpected: column("rowsExpected"),
      rowsBefore: column("rowsBefore"),
      bytesBefore: column("bytesBefore"),
      message: rows.map(({ failure }) => failure?.error.message ?? null),
      reason: rows.map((row) => reason.get(row) ?? null),
    },
  };
}

type ShardRow = ReturnType<typeof shardRow>;

function shardRow(planned: PlannedShard, state: RunStatus["shards"][number], previous: PreviousRun | null) {
  const { status, manifest, holder, ended } = state;
  const before = previous?.landed.get(planned.id);
  const hasEnded = status !== "running" && status !== "lost";
  const error = status === "landed" ? null : (state.error ?? planned.problem);
  return {
    id: planned.id as string,
    geoid: geoidOf(planned),
    state: planned.values["admin1"] ?? planned.values["state"] ?? null,
    source: planned.source.kind === "table" ? `${planned.source.schema}.${planned.source.table}` : "query",
    status: status as ReportData["shards"]["status"][number],
    rows: manifest?.rows ?? null,
    bytes: manifest?.bytes ?? null,
    startedAt: instant(manifest?.started_at ?? holder?.claimed_at ?? ended?.claimed_at),
    endedAt: hasEnded ? instant(manifest?.finished_at ?? ended?.at) : null,
    attempts: manifest?.attempts ?? holder?.attempt ?? ended?.attempt ?? 0,
    rowsExpected: planned.estimated_rows,
    rowsBefore: before?.rows ?? null,
    bytesBefore: before?.bytes ?? null,
    failure: error === null ? null : ({ error, own: ownWords(planned) } satisfies Failure as Failure),
  };
}

function rejectedRow({ label, error: message }: RunStatus["plan"]["rejected"][number]): ShardRow {
  const error = { code: "REJECTED", message, hint: "Mend the row of the lookup, and plan the run again.", retryable: false };
  return {
    id: label,
    geoid: /^\d{5}$/.test(label) ? label : null,
    state: null,
    source: "",
    status: "rejected",
    rows: null,
    bytes: null,
    startedAt: null,
    endedAt: null,
    attempts: 0,
    rowsExpected: null,
    rowsBefore: null,
    bytesBefore: null,
    failure: { error, own: [label] },
  };
}

function geoidOf({ id, values }: PlannedShard): string | null {
  return [values["geoid"], id].find((text) => typeof text === "string" && /^\d{5}$/.test(text)) ?? null;
}

function ownWords({ id, key, source, values }: PlannedShard): (string | null)[] {
  return [id, key, ...(source.kind === "table" ? [source.table] : []), ...Object.values(values)];
}

function instant(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text);
}
