import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import type { SnapshotInfo, Source } from "../source/contract.ts";
import { withRestarts } from "../source/restarts.ts";
import { abandon } from "./abandon.ts";
import { describeShard } from "./describe-shard.ts";
import { landFile, type PreparedFile } from "./land-file.ts";
import { lookAhead } from "./look-ahead.ts";
import { type ManifestDraft, makeDraft } from "./manifest-draft.ts";
import { openRead } from "./open-read.ts";
import type { LandingOptions } from "./options.ts";
import type { Attempt, Session } from "./session.ts";
import { openShardSource, restartPolicy, shardRead } from "./shard-source.ts";
import { spatialReferences } from "./spatial-references.ts";

/** A shard that is written whole and not yet visible: its files are to be published, and its manifest to be completed. */
export interface PreparedShard {
  /** In the order of their rows. Publish or abort each of their writers. */
  readonly files: readonly PreparedFile[];
  readonly draft: ManifestDraft;
}

/**
 * Reads one shard and writes its files, sealed. Connection faults and replica conflicts begin it again from the start, under a new
 * snapshot; everything else fails at once. When this throws, nothing is left in the sink.
 * @param attempt its number is that of the first try; each restart counts one more
 * @throws BronzeError naming the shard and its table
 */
export async function prepareShard(
  shard: Shard,
  options: LandingOptions,
  session: Session,
  attempt: Attempt,
): Promise<PreparedShard> {
  const { token, signal } = attempt;
  const { events, watch } = session;
  const numbered = (tryNumber: number): number => attempt.number + tryNumber - 1;
  try {
    return await withRestarts(
      { ...restartPolicy(options.config.source, signal), watch },
      (tryNumber) => {
        const number = numbered(tryNumber);
        events.shardStarted({ shard, attempt: number });
        return prepareOnce(shard, options, session, { number, token, signal });
      },
      (error, tryNumber) => events.restarted({ shard, attempt: numbered(tryNumber), error }),
    );
  } catch (error) {
    throw error instanceof BronzeError ? error.within({ shard: shard.id, source: shardRead(shard, options).name }) : error;
  }
}

async function snapshotOf(source: Source, { snapshot }: Session): Promise<SnapshotInfo> {
  if (snapshot === undefined) return source.beginSnapshot();
  await source.joinSnapshot(snapshot);
  return snapshot;
}

async function prepareOnce(shard: Shard, options: LandingOptions, session: Session, attempt: Attempt): Promise<PreparedShard> {
  const startedAt = new Date();
  const connect = () => openShardSource(shard, options, session, attempt);
  const source = await connect();
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= source.close());
  const files: PreparedFile[] = [];
  try {
    const snapshot = await snapshotOf(source, session);
    const described = await describeShard(source, shard, options);
    const { table, columns } = described;
    const references = await spatialReferences(source, table.fields);
    for (const message of table.warnings) session.events.warning({ shard, message });
    // The snapshot holds back VACUUM at the source: it ends with the last file's last row, not with its last byte at the sink.
    const wanted = lookAhead(
      described.read.files((select) => source.lookup(select)),
      () => void close(),
    );
    for await (const { item, askNext } of wanted) {
      const read = await openRead(source, snapshot, item.query, described, options, connect);
      const lastRowIn = (): void => {
        void read.close();
        askNext();
      };
      const request = { shard, key: item.key, table, columns, references, read, lastRowIn };
      files.push(await landFile(request, options, session, attempt).finally(read.close));
    }
    const { serverVersion } = source;
    return { files, draft: makeDraft({ shard, options, columns, files, snapshot, serverVersion, startedAt, attempt }) };
  } catch (error) {
    let told = error;
    for (const { writer } of files) told = await abandon(writer, told);
    throw told;
  } finally {
    await close();
  }
}
