import { BronzeError } from "./errors.ts";

/** Five-digit county FIPS code with its leading zero: `01001`. */
export type Geoid = string & { readonly __brand: "Geoid" };
/** `YYYY-MM-DD`, a real calendar day. */
export type SnapshotDate = string & { readonly __brand: "SnapshotDate" };
/** Names one run in the ledger: `[A-Za-z0-9][A-Za-z0-9_-]*`, at most 100 characters. */
export type RunId = string & { readonly __brand: "RunId" };
/** Names one shard within a run: the geoid of a county, or the table's name. Safe as a file name. */
export type ShardId = string & { readonly __brand: "ShardId" };

/** @throws BronzeError USAGE when the text is not five digits. */
export function parseGeoid(text: string): Geoid {
  if (!/^\d{5}$/.test(text)) {
    throw new BronzeError("USAGE", `"${text}" is not a geoid`, {
      hint: "A geoid is a five-digit county FIPS code with its leading zero, such as 01001.",
    });
  }
  return text as Geoid;
}

/** @throws BronzeError USAGE when the text is not a calendar day of the form YYYY-MM-DD. */
export function parseSnapshotDate(text: string): SnapshotDate {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : new Date(Number.NaN);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text) {
    throw new BronzeError("USAGE", `"${text}" is not a date`, {
      hint: "Give the extract date as YYYY-MM-DD, such as 2026-11-30.",
    });
  }
  return text as SnapshotDate;
}

/** The current day in UTC. */
export function today(now: Date = new Date()): SnapshotDate {
  return now.toISOString().slice(0, 10) as SnapshotDate;
}

const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** @throws BronzeError USAGE when the text can't name a run. */
export function parseRunId(text: string): RunId {
  if (!SAFE_ID.test(text))
    throw new BronzeError("USAGE", `"${text}" is not a run id`, { hint: "List the runs with: pg-bronze runs" });
  return text as RunId;
}

/** @throws BronzeError KEY_INVALID when the text can't name a shard. */
export function parseShardId(text: string): ShardId {
  if (!SAFE_ID.test(text))
    throw new BronzeError("KEY_INVALID", `${JSON.stringify(text)} can't name a shard`, {
      hint: "A shard is named by letters, digits, '_', '-' and '.'.",
    });
  return text as ShardId;
}
