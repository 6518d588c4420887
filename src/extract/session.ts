import type { Sink } from "../sink/sink.ts";
import type { SnapshotInfo } from "../source/contract.ts";
import type { ConnectionTarget } from "../source/dsn.ts";
import type { SourceWatch } from "../source/restarts.ts";
import type { ExtractEvents } from "./contract.ts";

/** Where a process reads from, lands to, and reports to. The same for all its shards. */
export interface Session {
  readonly target: ConnectionTarget;
  readonly sink: Sink;
  readonly events: ExtractEvents;
  /** While the source is away, all shards wait. Without one each shard finds out by itself, and loses its tries. */
  readonly watch?: SourceWatch;
  /** A snapshot that another session holds; undefined: each attempt takes its own. */
  readonly snapshot?: SnapshotInfo | undefined;
}

/** One attempt at landing one shard. */
export interface Attempt {
  /** Counts the attempts at the shard, those of other processes too, from 1. */
  readonly number: number;
  /** Tells what this attempt writes from what any other writes, also where the bytes are the same. */
  readonly token: string;
  /** Aborts the attempt: cancels its query and its uploads. */
  readonly signal: AbortSignal;
}
