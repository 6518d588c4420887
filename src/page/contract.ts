import type { ShardStatus } from "../ledger/status.ts";

/** What a report's page shows: plain JSON, read by the scripts of page/. Times are whole milliseconds since 1970, sizes bytes. */
export interface ReportData {
  readonly object: string;
  readonly run: string;
  readonly snapshotDt: string;
  readonly sink: string;
  readonly tool: string;
  readonly createdAt: number;
  /** When the ledger was read: what runs has run until then. */
  readonly generatedAt: number;
  /** Null while the run isn't cancelled. */
  readonly cancelledAt: number | null;
  /** What readers of the object are pointed to: this run, another one, or nothing yet. */
  readonly published: { readonly run: string; readonly snapshotDt: string } | null;
  /** The run that `rowsBefore` and `bytesBefore` are of; null when no earlier one landed a shard of this run. */
  readonly previous: { readonly run: string; readonly snapshotDt: string } | null;
  /** What the run was thought to come to, and what it came to, a line each; null where nobody knows. */
  readonly effort: { readonly estimated: string; readonly actual: string; readonly figures: object } | null;
  readonly shards: ShardColumns;
  readonly reasons: readonly Reason[];
}

/** One array for each field, one place for each shard in the plan's order: without 3,000 times the fields' names. */
export interface ShardColumns {
  readonly id: readonly string[];
  readonly geoid: readonly (string | null)[];
  /** As the lookup has it. */
  readonly state: readonly (string | null)[];
  readonly source: readonly string[];
  readonly status: readonly ReportStatus[];
  readonly rows: readonly (number | null)[];
  readonly bytes: readonly (number | null)[];
  /** Of the last attempt. */
  readonly startedAt: readonly (number | null)[];
  /** Null while it runs. */
  readonly endedAt: readonly (number | null)[];
  readonly attempts: readonly number[];
  readonly rowsExpected: readonly (number | null)[];
  readonly rowsBefore: readonly (number | null)[];
  readonly bytesBefore: readonly (number | null)[];
  /** Why the last attempt failed, in its own words. */
  readonly message: readonly (string | null)[];
  /** Index into {@link ReportData.reasons}. */
  readonly reason: readonly (number | null)[];
}

/** `rejected`: a row of the lookup that could not become a shard. */
export type ReportStatus = ShardStatus | "rejected";

/** Failures that differ in nothing but the shard they speak of. */
export interface Reason {
  readonly code: string;
  /** The first one's message. */
  readonly message: string;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly count: number;
}
