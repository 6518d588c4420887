/**
 * pg-bronze as a library. The command line is made of the same parts.
 *
 * @example
 *     import { extractBatches, loadObject, runExtract, validate } from "pg-bronze";
 */
export type { ObjectConfig } from "./config/object-config.ts";
export { loadRegistry } from "./config/registry.ts";
export { type BatchOptions, extractBatches } from "./extract/batches.ts";
export type {
  ExtractEvents,
  ExtractOverrides,
  ExtractRequest,
  ExtractResult,
  PlannedColumn,
  ShardOutcome,
  ShardProgress,
} from "./extract/contract.ts";
export { readLanding } from "./ledger/claims.ts";
export type { ShardManifest } from "./ledger/manifest.ts";
export { BronzeError, type ErrorCode } from "./model/errors.ts";
export {
  type Geoid,
  parseGeoid,
  parseRunId,
  parseShardId,
  parseSnapshotDate,
  type RunId,
  type ShardId,
  type SnapshotDate,
  today,
} from "./model/ids.ts";
export type { Shard, ShardSource } from "./model/shard.ts";
export { loadObject, loadObjectConfig } from "./patterns/load.ts";
export type { ColumnOverride, Profile, UnrepresentablePolicy } from "./pgtypes/contract.ts";
export type { RejectedShard, Selection } from "./plan/contract.ts";
export { runExtract } from "./run/extract.ts";
export { openSink, type SinkOptions } from "./sink/open.ts";
export type {
  Condition,
  CreateOptions,
  DeleteOptions,
  ObjectInfo,
  ObjectWriter,
  PutOptions,
  Sealed,
  Sink,
  StoredObject,
} from "./sink/sink.ts";
export type { SourceAway } from "./source/outage.ts";
export type { CheckResult, CheckStatus, FileReport, ValidationReport } from "./validate/report.ts";
export { type ValidateOptions, validate } from "./validate/validate.ts";
