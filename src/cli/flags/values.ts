import { BronzeError } from "../../model/errors.ts";
import { parseGeoid, parseRunId, parseSnapshotDate, type RunId, type SnapshotDate, today } from "../../model/ids.ts";

/** Turns what was typed, after the flag or in its variable, into a value. @throws BronzeError USAGE. */
export type Parse<T> = (text: string) => T;

export const text: Parse<string> = (given) => given;

/** `a,b c` → a, b, c: commas, blanks and line ends all separate. */
export const list: Parse<string[]> = (given) => {
  const names = [...new Set(given.split(/[\s,]+/).filter((name) => name !== ""))];
  if (names.length === 0) throw usage(`${JSON.stringify(given)} names nothing`, "Give one name, or several with commas between.");
  return names;
};

export const geoids: Parse<string[]> = (given) => list(given).map(parseGeoid);

/** ISO 8601 with a time and a zone, as EventBridge Scheduler writes when a schedule was due. */
const INSTANT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** A day, or the day in UTC of an instant: `2026-11-30T23:30:00-05:00` → 2026-12-01. */
export const date: Parse<SnapshotDate> = (given) => {
  const [, day] = INSTANT.exec(given) ?? [];
  if (day === undefined) return parseSnapshotDate(given);
  parseSnapshotDate(day);
  const instant = new Date(given);
  if (Number.isNaN(instant.getTime())) {
    throw usage(`"${given}" is not an instant`, "Give the extract date as 2026-11-30 or 2026-11-30T06:00:00Z.");
  }
  return today(instant);
};

export const runId: Parse<RunId> = parseRunId;

export function oneOf<const T extends string>(...choices: readonly T[]): Parse<T> {
  return (given) => {
    const found = choices.find((choice) => choice === given.toLowerCase());
    if (found === undefined) throw usage(`${JSON.stringify(given)} is none of ${choices.join(", ")}`);
    return found;
  };
}

export function wholeNumber(least: number, most: number): Parse<number> {
  return (given) => {
    const number = /^\d+$/.test(given) ? Number(given) : Number.NaN;
    if (!(number >= least && number <= most)) {
      throw usage(`${JSON.stringify(given)} is not a whole number from ${least} to ${most}`);
    }
    return number;
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 24 * 3_600_000 };

/** `30s`, `90m`, `24h`, `7d` → milliseconds. */
export const duration: Parse<number> = (given) => {
  const [, number, unit] = /^(\d{1,6})([smhd])$/i.exec(given) ?? [];
  if (number === undefined || unit === undefined) throw usage(`${JSON.stringify(given)} is not a time such as 90m, 24h or 7d`);
  return Number(number) * UNIT_MS[unit.toLowerCase()]!;
};

export const threads: Parse<"auto" | number> = (given) => (given.toLowerCase() === "auto" ? "auto" : wholeNumber(0, 16)(given));

/** A switch in its variable: DRY_RUN=1. */
export const truth: Parse<boolean> = (given) => {
  if (/^(1|true|yes|on)$/i.test(given)) return true;
  if (/^(0|false|no|off)$/i.test(given)) return false;
  throw usage(`${JSON.stringify(given)} is neither true nor false`);
};

function usage(message: string, hint?: string): BronzeError {
  return new BronzeError("USAGE", message, hint === undefined ? {} : { hint });
}
