import type { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";

/** One row of the shard lookup, as the source returned it: column name → text or null. */
export type LookupRow = Readonly<Record<string, string | null>>;

/** A row of the lookup that can't become a shard: it fails alone, and the others go on. */
export interface RejectedShard {
  /** The geoid, else the table's name, else `row 17`: for people, not safe in keys. */
  readonly label: string;
  readonly values: LookupRow;
  readonly error: BronzeError;
}

export interface ShardPlan {
  readonly shards: readonly Shard[];
  readonly rejected: readonly RejectedShard[];
}

/** What the person asked for. An empty list asks for nothing in particular; several lists narrow each other. */
export interface Selection {
  readonly geoids: readonly string[];
  /** Compared with admin1 (or the older `state`) without regard to case. */
  readonly states: readonly string[];
  readonly tables: readonly string[];
}

/** A row of the lookup on its way: a shard, or why it is none. */
export interface Candidate {
  readonly row: LookupRow;
  readonly label: string;
  readonly shard: Shard | null;
  readonly error: BronzeError | null;
}
