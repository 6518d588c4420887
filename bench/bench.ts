import type { Client } from "pg";
import type { Variant } from "./contenders/ours.ts";
import type { ServerCpu } from "./measure/server-cpu.ts";
import type { BenchOptions, Workload } from "./options.ts";
import type { Section } from "./report/section.ts";
import type { Target } from "./report/target.ts";
import type { BenchTable } from "./tables.ts";

/** What all workloads work with. */
export interface Bench {
  readonly options: BenchOptions;
  readonly dsn: string;
  /** Idle while anything is measured. */
  readonly client: Client;
  readonly serverCpu: ServerCpu | null;
  readonly tables: readonly BenchTable[];
  /** Everything that is written lies in it. */
  readonly folder: string;
  /** Progress, on stderr. */
  readonly say: (line: string) => void;
}

export interface WorkloadResult {
  readonly workload: Workload;
  readonly sections: readonly Section[];
  readonly targets: readonly Target[];
  /** The figures, for --json. */
  readonly data: unknown;
  /** False when something of ours failed or landed other rows than the source's. */
  readonly ok: boolean;
}

/** Rows from which on the targets are judged: what they were set for, less what generators round away. */
export function isFullSize({ name, rows }: BenchTable): boolean {
  return rows >= (name === "lineitem" ? 5_990_000 : 500_000);
}

/** The variant that the targets speak of: what a user gets by default, with hash keys where there are parcels to identify. */
export function targetVariant({ name }: BenchTable): Variant {
  return { codec: "zstd1", threads: "auto", keys: name === "tx_parcel" };
}
