import type { ShardManifest } from "../ledger/manifest.ts";
import type { Shard } from "../model/shard.ts";
import { VERSION } from "../model/version.ts";
import type { SnapshotInfo } from "../source/contract.ts";
import type { PlannedColumn } from "./contract.ts";
import type { PreparedFile } from "./land-file.ts";
import type { LandingOptions } from "./options.ts";
import type { Attempt } from "./session.ts";
import { shardRead } from "./shard-source.ts";

/** A manifest without what only the landing knows: the run, and of each file the etag and the token. */
export interface ManifestDraft
  extends Pick<
    ShardManifest,
    "object" | "shard" | "snapshot_dt" | "rows" | "bytes" | "source" | "profile" | "hashkeys" | "started_at" | "attempts" | "tool"
  > {
  readonly columns: PlannedColumn[];
}

/** @param read.startedAt when the attempt began */
export function makeDraft(read: {
  readonly shard: Shard;
  readonly options: LandingOptions;
  readonly columns: readonly PlannedColumn[];
  readonly files: readonly Pick<PreparedFile, "facts" | "wireBytes">[];
  readonly snapshot: SnapshotInfo;
  readonly serverVersion: string;
  readonly startedAt: Date;
  readonly attempt: Attempt;
}): ManifestDraft {
  const { shard, options, files, snapshot } = read;
  const { hashkeys } = options.config;
  return {
    object: shard.object,
    shard: shard.id,
    snapshot_dt: shard.snapshotDt,
    rows: sum(files.map(({ facts }) => facts.rows)),
    bytes: sum(files.map(({ facts }) => facts.bytes)),
    columns: [...read.columns],
    source: {
      kind: shard.source.kind,
      name: shardRead(shard, options).name,
      snapshot: snapshot.id,
      lsn: snapshot.lsn,
      server_version: read.serverVersion,
      transport: options.transport,
      wire_bytes: sum(files.map(({ wireBytes }) => wireBytes)),
    },
    profile: options.profile,
    hashkeys:
      hashkeys === undefined
        ? null
        : {
            source: hashkeys.source,
            separator: hashkeys.separator,
            ...(hashkeys.record === undefined ? {} : { record: hashkeys.record }),
          },
    started_at: read.startedAt.toISOString(),
    attempts: read.attempt.number,
    tool: `pg-bronze ${VERSION}`,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
