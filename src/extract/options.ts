import type { ObjectConfig } from "../config/object-config.ts";
import { BronzeError } from "../model/errors.ts";
import type { CompressionOptions } from "../parquet/compression.ts";
import type { Pattern } from "../patterns/contract.ts";
import { patternOf } from "../patterns/index.ts";
import type { Profile } from "../pgtypes/contract.ts";
import type { ExtractOverrides, PlannedColumn } from "./contract.ts";

/** How the shards of an object are landed: its config with what the command line and the run's plan say. */
export interface LandingOptions {
  readonly config: ObjectConfig;
  /** The config's: how its shards are read. */
  readonly pattern: Pattern;
  readonly profile: Profile;
  readonly transport: "copy" | "cursor";
  /** Connections that one shard is read over. */
  readonly parallelism: number;
  readonly threads: "auto" | number;
  /** Shards that this process lands side by side. */
  readonly shardsAtOnce: number;
  readonly compression: CompressionOptions;
  readonly rowGroupBytes: number;
  /** The schema that the run pinned for all its shards; null when there is none. */
  readonly pinned: readonly PlannedColumn[] | null;
}

/** @throws BronzeError CONFIG_INVALID for a cursor over several connections */
export function landingOptions(
  config: ObjectConfig,
  overrides: ExtractOverrides,
  run: Partial<Pick<LandingOptions, "shardsAtOnce" | "pinned">> = {},
): LandingOptions {
  const parallelism = overrides.parallelism ?? config.read.parallelism;
  const transport = overrides.transport ?? config.source.transport;
  if (parallelism > 1 && transport === "cursor") {
    throw new BronzeError("CONFIG_INVALID", `read.parallelism is ${parallelism}, but a cursor is read over one connection`, {
      hint: "Set read.parallelism (--parallelism, PARALLELISM) to 1, or source.transport (--transport, TRANSPORT) to copy.",
    });
  }
  return {
    config,
    pattern: patternOf(config),
    profile: overrides.profile ?? config.profile,
    transport,
    parallelism,
    threads: overrides.threads ?? config.read.threads,
    shardsAtOnce: run.shardsAtOnce ?? 1,
    compression: {
      compression: overrides.compression ?? config.parquet.compression,
      compressionLevel: overrides.compressionLevel ?? config.parquet.compression_level,
    },
    rowGroupBytes: overrides.rowGroupBytes ?? config.parquet.row_group_bytes,
    pinned: run.pinned ?? null,
  };
}
