import type { Command } from "../measure/process.ts";

/** Somebody who reads a whole table: as one process, from its start to its end. */
export interface Contender {
  /** `raw-copy`, `ours-zstd1-auto-keys`, `duckdb`. */
  readonly name: string;
  readonly kind: "raw" | "ours" | "peer";
  /** What it does, with versions, for whoever reads the results. */
  readonly about: string;
  /** @param folder an empty folder for what the run writes */
  prepare(folder: string): PreparedRun;
}

export interface PreparedRun {
  readonly command: Command;
  /** The Parquet file that is there afterwards; null when nothing is kept. */
  readonly file: string | null;
}

/** A contender that can't be measured here, and why. */
export interface Absent {
  readonly name: string;
  readonly reason: string;
}
