import { LEDGER_VERSION, type ShardManifest } from "../ledger/manifest.ts";
import type { Shard } from "../model/shard.ts";
import { VERSION } from "../model/version.ts";
import type { SnapshotInfo } from "../source/contract.ts";
import type { ExtractJob } from "./job.ts";
import { sourceName } from "./shard-source.ts";
import { plannedColumns } from "./table-plan/planned-columns.ts";
import type { TablePlan } from "./table-plan/table-plan.ts";

/** The data object as it lies in the sink. */
export interface LandedFile {
  readonly bytes: number;
  readonly etag: string;
  readonly rows: number;
  readonly rowGroups: number;
  /** Of the object's bytes, 64 hex characters. */
  readonly sha256: string;
  readonly wireBytes: number;
  /** Null rows of each column. */
  readonly nullCounts: readonly number[];
}

export function makeManifest(landed: {
  readonly shard: Shard;
  readonly job: ExtractJob;
  readonly table: TablePlan;
  readonly file: LandedFile;
  readonly snapshot: SnapshotInfo;
  readonly serverVersion: string;
  readonly startedAt: Date;
  readonly attempt: number;
}): ShardManifest {
  const { shard, job, table, file, snapshot } = landed;
  const columns = plannedColumns(table);
  const { hashkeys } = job.config;
  return {
    version: LEDGER_VERSION,
    object: shard.object,
    run: job.run,
    shard: shard.id,
    snapshot_dt: shard.snapshotDt,
    key: shard.key,
    url: job.sink.locate(shard.key),
    bytes: file.bytes,
    etag: file.etag,
    rows: file.rows,
    row_groups: file.rowGroups,
    sha256: file.sha256,
    columns: columns.map((column, i) => ({ ...column, nulls: file.nullCounts[i] ?? 0 })),
    source: {
      kind: shard.source.kind,
      name: sourceName(shard),
      snapshot: snapshot.id,
      lsn: snapshot.lsn,
      server_version: landed.serverVersion,
      transport: job.transport,
      wire_bytes: file.wireBytes,
    },
    profile: job.profile,
    hashkeys:
      hashkeys === undefined
        ? null
        : {
            source: hashkeys.source,
            separator: hashkeys.separator,
            ...(hashkeys.record === undefined ? {} : { record: hashkeys.record }),
          },
    started_at: landed.startedAt.toISOString(),
    finished_at: new Date().toISOString(),
    attempts: landed.attempt,
    tool: `pg-bronze ${VERSION}`,
  };
}
