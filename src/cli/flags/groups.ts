import type { FlagName } from "./flags.ts";

/** How every command prints, and how much it logs. */
export const OUTPUT_FLAGS = ["json", "result", "logFormat", "logLevel", "debug"] as const satisfies readonly FlagName[];

/** Which object. */
export const OBJECT_FLAGS = ["object", "config"] as const satisfies readonly FlagName[];

/** Which ledger. */
export const LEDGER_FLAGS = [...OBJECT_FLAGS, "sink"] as const satisfies readonly FlagName[];

/** Which run of a ledger. */
export const NAMED_RUN_FLAGS = [...LEDGER_FLAGS, "run"] as const satisfies readonly FlagName[];

/** Which shards of an object. */
export const SELECTION_FLAGS = ["geoid", "table", "state", "all"] as const satisfies readonly FlagName[];

/** Which tables, where they are named on the command line. */
export const TABLE_FLAGS = ["exclude", "query", "name", "oneSnapshot"] as const satisfies readonly FlagName[];

/** What changes a file's content or layout: the same for every process of a run. */
export const LANDING_FLAGS = [
  "profile",
  "transport",
  "compression",
  "compressionLevel",
  "rowGroupBytes",
] as const satisfies readonly FlagName[];

/** What each process decides for itself: no byte of a file depends on it. */
export const PROCESS_FLAGS = ["threads", "parallelism", "maxOutage"] as const satisfies readonly FlagName[];

/** Which shards a run has, and how they land. */
export const PLAN_FLAGS = [
  ...OBJECT_FLAGS,
  ...SELECTION_FLAGS,
  "sinceRefresh",
  "extractDate",
  "dsn",
  "sink",
  "run",
  "replace",
  ...LANDING_FLAGS,
] as const satisfies readonly FlagName[];

/** Which shards of a planned run a job has. */
export const JOB_FLAGS = ["shard", "shardIndex", "submission", "sizeClass"] as const satisfies readonly FlagName[];

/** How shards are run on this machine. */
export const LOCAL_FLAGS = [
  "jobs",
  "maxConnections",
  "attempts",
  "engine",
  ...PROCESS_FLAGS,
] as const satisfies readonly FlagName[];

/** Whether `current.json` moves in the end. */
export const PUBLISH_FLAGS = ["allowPartial", "allowShrink", "noPublish"] as const satisfies readonly FlagName[];

/** How jobs are handed to AWS Batch. */
export const BATCH_FLAGS = ["pack", "mode", "wait"] as const satisfies readonly FlagName[];
