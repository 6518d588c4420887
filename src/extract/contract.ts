import type { ObjectConfig } from "../config/object-config.ts";
import type { ShardManifest } from "../ledger/manifest.ts";
import type { BronzeError } from "../model/errors.ts";
import type { RunId, SnapshotDate } from "../model/ids.ts";
import type { Shard } from "../model/shard.ts";
import type { Profile } from "../pgtypes/contract.ts";
import type { RejectedShard, Selection } from "../plan/contract.ts";
import type { SnapshotInfo } from "../source/contract.ts";
import type { SourceAway } from "../source/outage.ts";

/** What one `extract` is asked to do: the config, and what the command line says differently. */
export interface ExtractRequest {
  readonly config: ObjectConfig;
  readonly selection: Selection;
  readonly snapshotDt: SnapshotDate;
  /** Names the run in the ledger; null lets the flow make one. */
  readonly run: RunId | null;
  /** `s3://bucket[/prefix]` or `file:///folder`: the flag, else the config's `sink.url` or `sink.bucket`. Not yet opened. */
  readonly sinkUrl: string;
  /** A connection string that wins over the variable `config.source.dsn_env`; null when none was given. Secret. */
  readonly dsn: string | null;
  /** Where DSN, PG* and AWS variables are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly overrides: ExtractOverrides;
  /** Lands over what a run planned later has landed, and inside a published run with another config or schema. */
  readonly replace: boolean;
  /** Plan, describe, and write nothing. */
  readonly dryRun: boolean;
  /** How long shards wait for a source that went away; 0 not at all. Default: 15 minutes. */
  readonly maxOutageMs?: number | undefined;
  /** Reads in this snapshot, which a session holds until the extract has ended; undefined: each shard is read in its own. */
  readonly snapshot?: SnapshotInfo | undefined;
  /** Aborted by SIGINT or SIGTERM: cancel the query, abort the upload, and reject with CANCELLED. */
  readonly signal: AbortSignal;
}

/** Each wins over the config's key of the same name; undefined leaves the config's. */
export interface ExtractOverrides {
  readonly profile?: Profile | undefined;
  readonly transport?: "copy" | "cursor" | undefined;
  readonly threads?: "auto" | number | undefined;
  readonly parallelism?: number | undefined;
  readonly compression?: "zstd" | "snappy" | "none" | undefined;
  readonly compressionLevel?: number | undefined;
  readonly rowGroupBytes?: number | undefined;
}

/** What happens, as it happens. Calls are cheap, never throw, and come from the main thread. */
export interface ExtractEvents {
  /** While the run is planned: what the source is asked about from now on, `public.verse`. */
  planning(event: { readonly object: string; readonly reading: string }): void;
  /** Once, after the lookup and before the first shard. */
  planned(plan: { readonly shards: readonly Shard[]; readonly rejected: readonly RejectedShard[] }): void;
  shardStarted(event: { readonly shard: Shard; readonly attempt: number }): void;
  /** Totals of the attempt so far; a few times a second at most. */
  progress(event: ShardProgress): void;
  /** The connection broke or the standby cancelled the query: the shard begins again, after a pause, with this attempt. */
  restarted(event: { readonly shard: Shard; readonly attempt: number; readonly error: BronzeError }): void;
  /** The source takes no connection: all shards wait, and it is asked again after a pause. Called after each such try. */
  sourceAway(event: SourceAway): void;
  /** The shards go on. */
  sourceBack(event: Omit<SourceAway, "error">): void;
  shardLanded(event: { readonly shard: Shard; readonly manifest: ShardManifest }): void;
  /** A landing is about to replace what another run landed. */
  replacing(event: { readonly shard: Shard; readonly before: ShardManifest }): void;
  /** Nothing was done: the run had landed the shard before, or a run planned later has. */
  shardSkipped(event: {
    readonly shard: Shard;
    readonly manifest: ShardManifest;
    readonly reason: "landed" | "superseded";
  }): void;
  shardFailed(event: { readonly shard: Shard; readonly error: BronzeError }): void;
  warning(event: {
    readonly message: string;
    readonly shard?: Shard;
    readonly context?: Readonly<Record<string, string | number | boolean | null>>;
  }): void;
}

export interface ShardProgress {
  readonly shard: Shard;
  readonly rows: number;
  /** Bytes of COPY data received. */
  readonly wireBytes: number;
  /** Bytes of Parquet handed to the sink. */
  readonly encodedBytes: number;
}

/** A column of the output, as plans, manifests and dry runs show it. */
export interface PlannedColumn {
  readonly name: string;
  /** Parquet's id of the column, the same in every file of a run and of the object's later runs. */
  readonly field_id: number;
  /** Ids of what is inside a nested column, by path: `{ "list.element": 7 }`. */
  readonly nested_ids?: Readonly<Record<string, number>> | undefined;
  /** As PostgreSQL writes it, `numeric(10,2)`; null for a column made here (hash keys). */
  readonly source: string | null;
  /** Our own name of the type that lands, by which schemas are compared: `decimal(10,2)`, `list<int32>`. */
  readonly type: string;
  /** The Parquet type: `INT64 DECIMAL(10,2)`. */
  readonly parquet: string;
}

export type ShardOutcome =
  | { readonly outcome: "landed"; readonly shard: Shard; readonly manifest: ShardManifest }
  /** A run that was planned later has landed it. */
  | { readonly outcome: "superseded"; readonly shard: Shard; readonly manifest: ShardManifest }
  | { readonly outcome: "failed"; readonly shard: Shard; readonly error: BronzeError }
  | { readonly outcome: "planned"; readonly shard: Shard; readonly url: string; readonly columns: readonly PlannedColumn[] };

export interface ExtractResult {
  readonly run: RunId;
  /** The sink as it shows itself. */
  readonly sink: string;
  /** In the order of the plan. A shard's failure is an outcome, never a rejection. */
  readonly shards: readonly ShardOutcome[];
  /** Rows of the lookup that could not become a shard. */
  readonly rejected: readonly RejectedShard[];
}
