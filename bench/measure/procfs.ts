import { readFileSync } from "node:fs";

/** What Linux tells of a process in /proc. Source: proc(5). Everything is null where there is no /proc, or no such process any more. */

/** CPU time is told in units of this; USER_HZ is 100 on all of Linux's platforms that Node runs on. */
const TICK_MS = 10;

export interface ProcessTimes {
  readonly parentPid: number;
  /** User and system time of the process and all its threads. */
  readonly ownMs: number;
  /** The same of its children that have ended and been waited for. */
  readonly childrenMs: number;
}

/** Parses /proc/PID/stat: the name is in parentheses and may itself hold any character. */
export function parseStat(stat: string): ProcessTimes {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = (field: number): number => Number(fields[field - 3]); // the third field, state, is the first after the name
  return { parentPid: ticks(4), ownMs: (ticks(14) + ticks(15)) * TICK_MS, childrenMs: (ticks(16) + ticks(17)) * TICK_MS };
}

/** Parses /proc/PID/status: the most memory that was ever resident (VmHWM), in bytes; null for a zombie, which has none. */
export function parsePeakRss(status: string): number | null {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(status);
  return match === null ? null : Number(match[1]) * 1024;
}

export function processTimes(pid: number): ProcessTimes | null {
  const stat = read(`/proc/${pid}/stat`);
  return stat === null ? null : parseStat(stat);
}

/** Peak RSS so far of the largest process of a tree. */
export function peakRssOfTree(pid: number): number | null {
  const status = read(`/proc/${pid}/status`);
  let peak = status === null ? null : parsePeakRss(status);
  for (const child of childrenOf(pid)) {
    const childPeak = peakRssOfTree(child);
    if (childPeak !== null && (peak === null || childPeak > peak)) peak = childPeak;
  }
  return peak;
}

/** Children that the first thread of a process began: of bash and of PostgreSQL all of them. */
export function childrenOf(pid: number): number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`) ?? "";
  return text.split(" ").filter(Boolean).map(Number);
}

export function commandLine(pid: number): string | null {
  return read(`/proc/${pid}/cmdline`);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
