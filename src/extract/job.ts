import type { ObjectConfig } from "../config/object-config.ts";
import { BronzeError } from "../model/errors.ts";
import type { RunId } from "../model/ids.ts";
import type { CompressionOptions } from "../parquet/compression.ts";
import type { Profile } from "../pgtypes/contract.ts";
import type { Sink } from "../sink/sink.ts";
import type { ConnectionTarget } from "../source/dsn.ts";
import type { ExtractEvents, ExtractRequest, PlannedColumn } from "./contract.ts";

/** Everything that the shards of one extract have in common: the config with what the command line says differently. */
export interface ExtractJob {
  readonly config: ObjectConfig;
  readonly run: RunId;
  readonly target: ConnectionTarget;
  readonly sink: Sink;
  readonly profile: Profile;
  readonly transport: "copy" | "cursor";
  /** Connections that one shard is read over. */
  readonly parallelism: number;
  readonly threads: "auto" | number;
  /** Shards that this process lands side by side. */
  readonly shardsAtOnce: number;
  readonly compression: CompressionOptions;
  readonly rowGroupBytes: number;
  /** The schema that the run pinned for all its shards; null when there is no plan. */
  readonly pinned: readonly Pick<PlannedColumn, "name" | "type">[] | null;
  /** Attempts that other processes made at the shard before. */
  readonly earlierAttempts: number;
  readonly events: ExtractEvents;
  readonly signal: AbortSignal;
}

export function makeJob(request: ExtractRequest, parts: Pick<ExtractJob, "run" | "target" | "sink" | "events">): ExtractJob {
  const { config, overrides } = request;
  const parallelism = overrides.parallelism ?? config.read.parallelism;
  const transport = overrides.transport ?? config.source.transport;
  if (parallelism > 1 && transport === "cursor") {
    throw new BronzeError("CONFIG_INVALID", `read.parallelism is ${parallelism}, but a cursor is read over one connection`, {
      hint: "Set read.parallelism (--parallelism, PARALLELISM) to 1, or source.transport (--transport, TRANSPORT) to copy.",
    });
  }
  return {
    ...parts,
    config,
    profile: overrides.profile ?? config.profile,
    transport,
    parallelism,
    threads: overrides.threads ?? config.read.threads,
    shardsAtOnce: 1,
    compression: {
      compression: overrides.compression ?? config.parquet.compression,
      compressionLevel: overrides.compressionLevel ?? config.parquet.compression_level,
    },
    rowGroupBytes: overrides.rowGroupBytes ?? config.parquet.row_group_bytes,
    pinned: null,
    earlierAttempts: 0,
    signal: request.signal,
  };
}
