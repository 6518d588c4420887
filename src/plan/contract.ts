import type { ObjectConfig } from "../config/object-config.ts";
import type { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";

/** One row of the shard lookup, as the source returned it: column name → text or null. */
export type LookupRow = Readonly<Record<string, string | null>>;

/** A config whose lookup names the table of each shard. */
export type ShardedConfig = ObjectConfig & {
  readonly source: { readonly table: string; readonly id?: string | undefined };
};

/** A row of the lookup that can't become a shard: it fails alone, and the others go on. */
export interface RejectedShard {
  /** The shard's id as far as the row has one, else the table's name, else `row 17`: for people, not safe in keys. */
  readonly label: string;
  readonly values: LookupRow;
  readonly error: BronzeError;
}

export interface ShardPlan {
  readonly shards: readonly Shard[];
  readonly rejected: readonly RejectedShard[];
}

/**
 * What was chosen: column of the lookup → values. A shard needs one of the values in each column; a column without values asks for
 * nothing. `table` is the table that the shard reads, with its schema or without. `admin1` is compared without regard to case, and with
 * `state` where an older lookup calls it so.
 */
export type Selection = Readonly<Record<string, readonly string[]>>;

/** A row of the lookup on its way: a shard, or why it is none. */
export interface Candidate {
  readonly row: LookupRow;
  readonly label: string;
  readonly shard: Shard | null;
  readonly error: BronzeError | null;
}
