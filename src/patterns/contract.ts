import type { ObjectConfig, PatternConfig } from "../config/object-config.ts";
import type { SnapshotDate } from "../model/ids.ts";
import type { Shard } from "../model/shard.ts";
import type { LookupRow, Selection, ShardPlan } from "../plan/contract.ts";

/** Asks the source a small question, values as text or null. A pattern that asks nothing needs no connection. */
export type Lookup = (select: string) => Promise<readonly LookupRow[]>;

/**
 * How the tables of an object become shards, and how a shard becomes files. A pattern is pure but for the questions that it asks: it opens
 * no connection and writes nothing. `config` is one that passed the pattern's part of the schema.
 */
export interface Pattern<C extends ObjectConfig = ObjectConfig> extends PatternConfig {
  /** True when a lookup names many shards and a selection picks among them; false when there is one. */
  readonly isSharded: boolean;
  /**
   * The shards that are asked for.
   * @throws BronzeError SHARD_UNKNOWN when the selection names what there is not, and what `lookup` throws
   */
  plan(request: PlanRequest<C>): Promise<ShardPlan>;
  /** How one shard of a plan is read. */
  read(shard: Shard, config: C): ShardRead;
}

export interface PlanRequest<C extends ObjectConfig = ObjectConfig> {
  readonly config: C;
  readonly selection: Selection;
  readonly snapshotDt: SnapshotDate;
  readonly lookup: Lookup;
}

export interface ShardRead {
  /** What the rows come from, for people and manifests: `public.tx_travis`, or the object's name for a query. */
  readonly name: string;
  /** A SELECT with the columns that every file of the shard has. It is described, and not necessarily run. */
  readonly query: string;
  /**
   * The files that the shard lands, in the order of their rows; at least one, since a shard without rows is a file without rows. The next one is asked for when the one before is read, so that a
   * pattern may cut as it goes. `lookup` asks in the snapshot in which the files are read.
   */
  files(lookup: Lookup): AsyncIterable<FileRead>;
}

/** The rows of one file. */
export interface FileRead {
  /** Relative to the sink. */
  readonly key: string;
  /** A SELECT with the columns of {@link ShardRead.query}, before types are projected. */
  readonly query: string;
}
