import { createHash } from "node:crypto";
import { parseRunId, type RunId, type SnapshotDate } from "../model/ids.ts";

/** What was asked for; the order within a list says nothing, nor does the case of a state. */
export interface RunSelection {
  readonly geoids: readonly string[];
  readonly states: readonly string[];
  readonly tables: readonly string[];
  readonly sinceRefresh?: boolean | undefined;
}

export interface RunIdentity {
  readonly object: string;
  readonly snapshotDt: SnapshotDate;
  readonly selection: RunSelection;
  readonly sinkUrl: string;
  /** {@link digest} of the object's config. */
  readonly configDigest: string;
}

/**
 * Names a run by what it is: asking for the same again gives the same run, which goes on where it ended; anything else is another run.
 * `<snapshot_dt>-<10 hex>`, so that names sort by snapshot.
 */
export function runId({ object, snapshotDt, selection, sinkUrl, configDigest }: RunIdentity): RunId {
  const sorted = (texts: readonly string[]): string[] => [...new Set(texts)].sort();
  const identity = {
    object,
    snapshotDt,
    selection: {
      geoids: sorted(selection.geoids),
      states: sorted(selection.states.map((state) => state.toUpperCase())),
      tables: sorted(selection.tables),
      // Absent unless asked for, so that what was named before keeps its name.
      sinceRefresh: selection.sinceRefresh === true ? true : undefined,
    },
    sinkUrl: sinkUrl.replace(/\/+$/, ""),
    configDigest,
  };
  return parseRunId(`${snapshotDt}-${digest(identity).slice(0, 10)}`);
}

/** SHA-256 of a JSON value, 64 hex characters; the order of an object's keys doesn't matter, and undefined counts as absent. */
export function digest(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`);
  return `{${entries.join(",")}}`;
}
