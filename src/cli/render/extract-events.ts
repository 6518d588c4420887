import type { ExtractEvents, ShardProgress } from "../../extract/contract.ts";
import type { BronzeError } from "../../model/errors.ts";
import type { Shard } from "../../model/shard.ts";
import type { Facts, Talk } from "../command.ts";
import { jsonError } from "./failure.ts";
import { bytes, count, counted, duration, nulledValues, urlOf } from "./format.ts";

/** A log gets a line about a long shard this often. */
const PROGRESS_LOG_MS = 10_000;

/**
 * Tells what happens: a line that moves on a terminal, one event a line elsewhere.
 * @param shards of several extracts together, each of which plans its own; undefined for one extract
 */
export function extractEvents(talk: Talk, shards?: number): ExtractEvents {
  const run = { shards: shards ?? 0, done: 0, startedAt: 0, loggedAt: 0 };
  const about = (shard: Shard) => ({ shard: shard.id, ...place(shard) });
  const done = (): string => (run.shards > 1 ? ` · ${run.done} of ${run.shards} shards` : "");
  return {
    planning: planningTold(talk),
    planned({ shards: planned, rejected }) {
      if (shards === undefined) {
        run.shards = planned.length;
        sayPlan(talk, planned, rejected.length);
      }
      for (const { label, error: reason } of rejected) {
        talk.say("error", "shard_rejected", `rejected ${label}: ${reason.message}`, { shard: label, ...facts(reason) });
      }
    },
    shardStarted({ shard, attempt }) {
      run.startedAt = run.loggedAt = performance.now();
      talk.say(talk.format === "json" ? "info" : "debug", "shard_started", `reading ${nameOf(shard)}`, {
        ...about(shard),
        attempt,
      });
      talk.status(`${nameOf(shard)}${done()}`);
    },
    progress(event) {
      const now = performance.now();
      talk.status(`${sentence(event, now - run.startedAt)}${done()}`);
      if (now - run.loggedAt < PROGRESS_LOG_MS) return;
      run.loggedAt = now;
      if (talk.format === "json")
        talk.say("info", "progress", sentence(event, now - run.startedAt), { ...about(event.shard), ...figures(event) });
    },
    restarted({ shard, attempt, error: reason }) {
      talk.say("warn", "restarted", `${nameOf(shard)} begins again: ${reason.message}`, {
        ...about(shard),
        attempt,
        ...facts(reason),
      });
    },
    sourceAway({ error: reason, tries, waitedMs }) {
      const text = awaySentence(tries);
      talk.status(text);
      // A terminal has its moving line; others get the first one with its reason, and a log all of them.
      if (tries > 1 && talk.format === "text") return;
      talk.say("warn", "source_away", `${text}: ${reason.message}`, { tries, waited_ms: Math.round(waitedMs), ...facts(reason) });
    },
    sourceBack({ tries, waitedMs }) {
      const text = `the source is back after ${duration(waitedMs)}: tried ${counted(tries, "time")}`;
      talk.say("info", "source_back", text, { tries, waited_ms: Math.round(waitedMs) });
    },
    shardLanded({ shard, manifest }) {
      run.done++;
      const ms = Date.parse(manifest.finished_at) - Date.parse(manifest.started_at);
      const text = `landed ${nameOf(shard)}: ${counted(manifest.rows, "row")}, ${bytes(manifest.bytes)} in ${duration(ms)}`;
      const { rows, attempts, files } = manifest;
      // For people, the result of an only shard is the next thing on stdout.
      talk.say(talk.format === "text" && run.shards === 1 ? "debug" : "info", "shard_landed", text, {
        ...about(shard),
        url: urlOf(manifest),
        rows,
        bytes: manifest.bytes,
        row_groups: files.reduce((sum, file) => sum + file.row_groups, 0),
        nulled: nulledValues(manifest),
        attempts,
        duration_ms: ms,
      });
    },
    shardFailed({ shard, error: reason }) {
      run.done++;
      const hint = reason.hint === undefined ? "" : `\n  hint: ${reason.hint}`;
      talk.say("error", "shard_failed", `failed ${nameOf(shard)}: ${reason.message}${talk.format === "text" ? hint : ""}`, {
        ...facts(reason),
        ...about(shard),
      });
    },
    shardSkipped({ shard, manifest, reason }) {
      run.done++;
      const text =
        reason === "landed" ? "has landed already" : `is left alone: run ${manifest.run}, planned later, has landed it`;
      talk.say("info", reason === "landed" ? "shard_skipped" : "shard_superseded", `${nameOf(shard)} ${text}`, {
        ...about(shard),
        landed_by: manifest.run,
      });
    },
    replacing({ shard, before }) {
      const text = `${nameOf(shard)} replaces what run ${before.run} landed at ${before.finished_at}: ${counted(before.rows, "row")}`;
      talk.say("info", "replacing", text, { ...about(shard), replaced_run: before.run, replaced_rows: before.rows });
    },
    warning({ message, shard, context }) {
      const text = shard === undefined ? `warning: ${message}` : `warning: ${nameOf(shard)}: ${message}`;
      talk.say("warn", "warning", talk.format === "json" ? message : text, {
        ...(shard === undefined ? {} : about(shard)),
        ...context,
      });
    },
  };
}

export function awaySentence(tries: number): string {
  return `the source is away: waiting, tried ${counted(tries, "time")}`;
}

/** What a plan reads right now, on a terminal; a log gets one line, when it begins. */
export function planningTold(talk: Talk): ExtractEvents["planning"] {
  let isTold = false;
  return ({ object, reading }) => {
    const text = `planning: reading ${reading}`;
    if (!isTold) talk.say(talk.format === "json" ? "info" : "debug", "planning", text, { object, reading });
    isTold = true;
    talk.status(text);
  };
}

function sayPlan(talk: Talk, shards: readonly Shard[], rejected: number): void {
  const isEstimated = shards.some((shard) => shard.estimatedRows !== null);
  const rows = isEstimated ? shards.reduce((total, shard) => total + (shard.estimatedRows ?? 0), 0) : null;
  const about = rows === null ? "" : `, about ${counted(rows, "row")}`;
  talk.say("info", "planned", `${counted(shards.length, "shard")}${about}`, {
    shards: shards.length,
    rejected,
    estimated_rows: rows,
  });
}

/** An error without its message, which is the event's own. */
function facts(error: BronzeError): Facts {
  const { context, message: _, ...rest } = jsonError(error);
  return { ...context, ...rest };
}

export function nameOf(shard: Shard): string {
  if (shard.source.kind === "query") return shard.id;
  const { schema, table } = shard.source;
  return shard.id === table || shard.id === `${schema}.${table}` ? shard.id : `${shard.id} ${table}`;
}

function place(shard: Shard): { table: string | null } {
  return { table: shard.source.kind === "table" ? `${shard.source.schema}.${shard.source.table}` : null };
}

function sentence({ shard, rows, wireBytes }: ShardProgress, ms: number): string {
  const estimate = shard.estimatedRows === null ? "" : ` of about ${count(shard.estimatedRows)}`;
  return `${nameOf(shard)} · ${count(rows)}${estimate} rows · ${bytes(ms > 0 ? (wireBytes * 1000) / ms : 0)}/s`;
}

function figures({ rows, wireBytes, encodedBytes }: ShardProgress) {
  return { rows, wire_bytes: wireBytes, encoded_bytes: encodedBytes };
}
