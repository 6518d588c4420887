import { landedShards } from "../../../ledger/landed.ts";
import { type RunPlan, readPlan } from "../../../ledger/plan.ts";
import { ageOf, listRuns } from "../../../ledger/runs.ts";
import type { RunStatus, ShardState } from "../../../ledger/status.ts";
import { readSubmissions } from "../../../ledger/submissions.ts";
import { BronzeError } from "../../../model/errors.ts";
import { parseRunId, parseShardId, type ShardId } from "../../../model/ids.ts";
import type { Explanation } from "../../../submit/contract.ts";
import type { CommandAction, CommandInput } from "../../command.ts";
import { type LedgerAccess, withLedger } from "../../ledger-access.ts";
import { namedRun, withBatchOf } from "../../named-run.ts";
import { count, table } from "../../render/format.ts";
import { shardRows, statusText, totals } from "../../render/run-report.ts";

export const statusAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const plan = await namedRun(input, access);
    const status = await statusOf(plan, access);
    const { readCurrent } = await import("../../../ledger/current.ts");
    const current = await readCurrent(access.sink, access.object);
    const open = status.shards.flatMap(({ shard, status: is }) => (is === "landed" ? [] : [shard]));
    const explained = await explain(input, access, plan, open);
    const exitCode = shardRows(status).some(({ status: is }) => ["failed", "rejected", "lost"].includes(is)) ? 1 : 0;
    process.exitCode = exitCode;
    const { object, run, snapshot_dt, sink, created_at } = plan;
    const document = {
      version: 1,
      command: "status",
      exit_code: exitCode,
      ...{ object, run, snapshot_dt, sink, created_at },
      published: current?.run === run,
      totals: totals(status),
      shards: shardRows(status).map((row) => ({ ...row, engine: explained.get(row.shard as ShardId) ?? null })),
    };
    // Jobs publish the run that they complete; the one that should have may have died, or was told not to.
    const isWhole = totals(status).landed === document.shards.length;
    const isDue = isWhole && current?.run !== run && (current === null || current.snapshot_dt <= snapshot_dt);
    const due = isDue
      ? `not published: readers are on ${current?.run ?? "no run"}. Move them with: pg-bronze publish ${run}\n`
      : "";
    const head = `run ${run} of ${object}, snapshot ${snapshot_dt} → ${sink}${current?.run === run ? " (published)" : ""}\n`;
    input.print(
      input.flags.json === true
        ? `${JSON.stringify(document, null, 2)}\n`
        : `${head}${await statusText(status, explained)}${due}`,
    );
    return exitCode;
  });

interface RunLine {
  readonly run: string;
  readonly snapshot_dt: string | null;
  readonly created_at: string | null;
  readonly planned: number | null;
  readonly landed: number;
  readonly published: boolean;
}

export const runsAction: CommandAction = (input) =>
  withLedger(input, async ({ object, sink }) => {
    const { readCurrent } = await import("../../../ledger/current.ts");
    const current = await readCurrent(sink, object);
    const runs: RunLine[] = [];
    for (const run of await listRuns(sink, object)) {
      const plan = await readPlan(sink, object, run);
      const landed = (await landedShards(sink, object, run)).size;
      runs.push({
        run,
        snapshot_dt: plan?.snapshot_dt ?? null,
        created_at: plan?.created_at ?? null,
        planned: plan?.shards.length ?? null,
        landed,
        published: current?.run === run,
      });
    }
    const age = ({ run, snapshot_dt, created_at }: RunLine): string =>
      ageOf({ snapshot_dt: snapshot_dt ?? run.slice(0, 10), created_at: created_at ?? "" });
    runs.sort((a, b) => (age(a) < age(b) ? 1 : -1));
    const cells = runs.map(({ run, planned, landed, created_at, published }) => [
      run,
      `${count(landed)}${planned === null ? "" : ` of ${count(planned)}`} landed`,
      created_at ?? "not planned: landed by extract",
      published ? "published" : "",
    ]);
    const empty = `${object} has no run in ${sink.url}`;
    const text = cells.length === 0 ? empty : await table(cells, [1]);
    input.print(
      input.flags.json === true
        ? `${JSON.stringify({ version: 1, command: "runs", object, sink: sink.url, runs }, null, 2)}\n`
        : `${text}\n`,
    );
    return 0;
  });

export const logsAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const [, name] = input.args;
    if (name === undefined) {
      throw new BronzeError("USAGE", "Name a run and a shard", {
        hint: "For example: pg-bronze logs 2026-11-30-0123456789 48113",
      });
    }
    const plan = await namedRun(input, access);
    const shard = parseShardId(name);
    if (plan.shards.every(({ id }) => id !== shard)) {
      throw new BronzeError("SHARD_UNKNOWN", `Run ${plan.run} has no shard ${name}`, { context: { run: plan.run, shard: name } });
    }
    const { shardStatus } = await import("../../../ledger/status.ts");
    const found = await shardStatus(access.sink, plan.object, parseRunId(plan.run), shard);
    const engine = (await explain(input, access, plan, [shard])).get(shard) ?? null;
    const document = { version: 1, command: "logs", object: plan.object, run: plan.run, ...found, engine };
    input.print(input.flags.json === true ? `${JSON.stringify(document, null, 2)}\n` : await logText(found, engine));
    return 0;
  });

async function logText({ shard, status, manifest, claim, error }: ShardState, engine: Explanation | null): Promise<string> {
  const rows: [string, string | null | undefined][] = [
    ["shard", shard],
    ["status", status],
    ["attempt", String(manifest?.attempts ?? claim?.attempt ?? 0)],
    ["worked on by", claim?.owner],
    ["claimed", claim?.claimed_at],
    ["last heard of", claim?.heartbeat_at],
    ["error", error === null ? null : `${error.code}: ${error.message}`],
    ["hint", error?.hint],
    ["landed", manifest?.finished_at],
    ["object", manifest?.url],
    ["AWS Batch", engine === null ? null : [engine.state, engine.reason].filter((part) => part !== null).join(": ")],
    ["log", engine?.log],
    ["log group", engine?.lines?.group],
    ["log stream", engine?.lines?.streams.join(", ")],
    ["its lines", engine?.lines?.command],
  ];
  return `${await table(rows.flatMap(([name, value]) => (value ? [[name, value]] : [])))}\n`;
}

async function statusOf(plan: RunPlan, { object, sink }: LedgerAccess): Promise<RunStatus> {
  const { runStatus } = await import("../../../ledger/status.ts");
  return (await runStatus(sink, object, parseRunId(plan.run)))!;
}

/** The engine's own reasons; none where it can't be asked. */
async function explain(
  input: CommandInput,
  access: LedgerAccess,
  plan: RunPlan,
  shards: readonly ShardId[],
): Promise<ReadonlyMap<ShardId, Explanation>> {
  const submissions = await readSubmissions(access.sink, plan.object, parseRunId(plan.run));
  if (shards.length === 0) return new Map();
  try {
    return await withBatchOf(input, access, submissions, async (submitter) =>
      submitter === null ? new Map() : submitter.explain(plan, submissions, shards),
    );
  } catch (error) {
    if (!(error instanceof BronzeError) || input.signal.aborted) throw error;
    input.talk.say("warn", "engine_silent", `warning: AWS Batch can't be asked: ${error.message}`, { code: error.code });
    return new Map();
  }
}
