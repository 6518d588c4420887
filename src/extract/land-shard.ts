import type { Versioned } from "../ledger/document.ts";
import { LEDGER_VERSION, type ShardManifest } from "../ledger/manifest.ts";
import { manifestKey } from "../ledger/paths.ts";
import { readManifest, writeManifest } from "../ledger/shards.ts";
import { BronzeError } from "../model/errors.ts";
import type { RunId } from "../model/ids.ts";
import type { Shard } from "../model/shard.ts";
import { abandon } from "./abandon.ts";
import type { LandingOptions } from "./options.ts";
import { type PreparedShard, prepareShard } from "./prepare-shard.ts";
import type { Attempt, Session } from "./session.ts";
import { sourceName } from "./shard-source.ts";
import { takeBack } from "./take-back.ts";
import { verifyObject } from "./verify-object.ts";

/**
 * Lands one shard: data object, then verification, then manifest.
 * @param replaced the shard's manifest, for who has just read it
 * @throws BronzeError naming the shard and its table
 */
export async function landShard(
  shard: Shard,
  run: RunId,
  options: LandingOptions,
  session: Session,
  attempt: Attempt,
  replaced?: Versioned<ShardManifest> | null,
): Promise<ShardManifest> {
  const { sink } = session;
  try {
    const earlier = replaced === undefined ? await readManifest(sink, shard.object, run, shard.id) : replaced;
    const prepared = await prepareShard(shard, options, session, attempt);
    const { writer } = prepared.files[0]!;
    const published = await writer.publish().catch(async (error: unknown) => {
      throw await abandon(writer, error);
    });
    try {
      await verifyObject(sink, shard.key, published);
      const manifest = completed(prepared, published.etag, run, sink.locate(shard.key));
      await writeManifest(sink, manifest, earlier?.etag ?? null);
      return manifest;
    } catch (error) {
      const replacedManifest = earlier === null ? null : { key: manifestKey(shard.object, run, shard.id), etag: earlier.etag };
      throw await takeBack(sink, { object: published, replacedManifest }, error);
    }
  } catch (error) {
    throw error instanceof BronzeError ? error.within({ shard: shard.id, source: sourceName(shard) }) : error;
  }
}

function completed({ files, draft }: PreparedShard, etag: string, run: RunId, url: string): ShardManifest {
  const { facts } = files[0]!;
  return {
    version: LEDGER_VERSION,
    ...draft,
    run,
    key: facts.key,
    url,
    etag,
    row_groups: facts.rowGroups,
    sha256: facts.sha256,
    columns: draft.columns.map((column, i) => ({ ...column, nulls: facts.columns[i]!.nulls })),
    finished_at: new Date().toISOString(),
  };
}
