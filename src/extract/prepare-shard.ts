import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import { withRestarts } from "../source/restarts.ts";
import { describeShard } from "./describe-shard.ts";
import { landFile, type PreparedFile } from "./land-file.ts";
import { type ManifestDraft, makeDraft } from "./manifest-draft.ts";
import { openRead } from "./open-read.ts";
import type { LandingOptions } from "./options.ts";
import type { Attempt, Session } from "./session.ts";
import { openShardSource, restartPolicy, sourceName } from "./shard-source.ts";

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
  const { events } = session;
  const numbered = (tryNumber: number): number => attempt.number + tryNumber - 1;
  try {
    return await withRestarts(
      restartPolicy(options.config.source, signal),
      (tryNumber) => {
        const number = numbered(tryNumber);
        events.shardStarted({ shard, attempt: number });
        return prepareOnce(shard, options, session, { number, token, signal });
      },
      (error, tryNumber) => events.restarted({ shard, attempt: numbered(tryNumber), error }),
    );
  } catch (error) {
    throw error instanceof BronzeError ? error.within({ shard: shard.id, source: sourceName(shard) }) : error;
  }
}

async function prepareOnce(shard: Shard, options: LandingOptions, session: Session, attempt: Attempt): Promise<PreparedShard> {
  const startedAt = new Date();
  const connect = () => openShardSource(shard, options, session, attempt);
  const source = await connect();
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= source.close());
  try {
    const snapshot = await source.beginSnapshot();
    const described = await describeShard(source, shard, options);
    const { table, columns } = described;
    for (const message of table.warnings) session.events.warning({ shard, message });
    const read = await openRead(source, snapshot, described, options, connect);
    try {
      // The snapshot holds back VACUUM at the source: it ends with the last row, not with the last byte at the sink.
      const lastRowIn = (): void => void Promise.all([read.close(), close()]);
      const file = await landFile({ shard, key: shard.key, table, columns, read, lastRowIn }, options, session, attempt);
      const { serverVersion } = source;
      const draft = makeDraft({ shard, options, columns, files: [file], snapshot, serverVersion, startedAt, attempt });
      return { files: [file], draft };
    } finally {
      await read.close();
    }
  } finally {
    await close();
  }
}
