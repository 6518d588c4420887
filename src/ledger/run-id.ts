import { createHash } from "node:crypto";
import { parseRunId, type RunId, type SnapshotDate } from "../model/ids.ts";

export interface RunIdentity {
  readonly object: string;
  readonly snapshotDt: SnapshotDate;
  /** Column of the lookup → values, as `normalSelection` writes it. */
  readonly selection: Readonly<Record<string, readonly string[]>>;
  readonly sinceRefresh: boolean;
  readonly sinkUrl: string;
  /** {@link digest} of the object's config with what the command line says differently: all that changes what lands. */
  readonly configDigest: string;
  /** Tells requests apart that are each a run of their own, though they ask for the same; undefined where asking again goes on. */
  readonly occasion?: string | undefined;
}

/**
 * Names a run by what it is: asking for the same again gives the same run, which goes on where it ended; anything else is another run.
 * `<snapshot_dt>-<10 hex>`, so that names sort by snapshot.
 */
export function runId({ sinkUrl, ...identity }: RunIdentity): RunId {
  const { snapshotDt } = identity;
  return parseRunId(`${snapshotDt}-${digest({ ...identity, sinkUrl: sinkUrl.replace(/\/+$/, "") }).slice(0, 10)}`);
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
