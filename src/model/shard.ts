import type { ShardId, SnapshotDate } from "./ids.ts";

/** What one shard reads: a table (both parts are data, quoted when they reach SQL) or a query taken verbatim from the config. */
export type ShardSource =
  | { readonly kind: "table"; readonly schema: string; readonly table: string }
  | { readonly kind: "query"; readonly sql: string };

/** One unit of work: one county's table, or a whole single table. Plain data; it travels through plans and across threads. */
export interface Shard {
  readonly id: ShardId;
  readonly object: string;
  readonly snapshotDt: SnapshotDate;
  readonly source: ShardSource;
  /** Key of the object that the shard lands, relative to the sink. */
  readonly key: string;
  /** What the lookup returned for this shard, as text: geoid, admin1, table_name, … */
  readonly values: Readonly<Record<string, string | null>>;
  /** Rows the source expects (total_objects or pg_class.reltuples); null when nobody knows. */
  readonly estimatedRows: number | null;
}
