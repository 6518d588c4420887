import { createHash } from "node:crypto";
import { nullKeyError } from "../hashkeys/check.ts";
import type { Versioned } from "../ledger/document.ts";
import type { ShardManifest } from "../ledger/manifest.ts";
import { manifestKey } from "../ledger/paths.ts";
import { readManifest, writeManifest } from "../ledger/shards.ts";
import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import { VERSION } from "../model/version.ts";
import { ParquetFileWriter } from "../parquet/file-writer.ts";
import { parquetSchema } from "../parquet/schema.ts";
import type { ObjectWriter } from "../sink/sink.ts";
import { withRestarts } from "../source/restarts.ts";
import { createSlabPool } from "../source/slab-pool.ts";
import { arrowSchemaOf, fileMetadata } from "./file-metadata.ts";
import type { ExtractJob } from "./job.ts";
import { type LandedFile, makeManifest } from "./make-manifest.ts";
import { type OpenRead, openRead } from "./open-read.ts";
import { flowRows } from "./row-flow.ts";
import { openJobSource, shardQuery, sourceName } from "./shard-source.ts";
import { checkPinned } from "./table-plan/pinned-schema.ts";
import { plannedColumns } from "./table-plan/planned-columns.ts";
import { planTable, type TablePlan } from "./table-plan/table-plan.ts";
import { abandon, takeBack } from "./take-back.ts";
import { inPlace, inWorkers } from "./threads/encoders.ts";
import { splitTable } from "./threads/split.ts";
import { encoderThreads } from "./threads/threads.ts";
import { sampleWeights } from "./threads/weights.ts";
import { verifyObject } from "./verify-object.ts";

/** Wire bytes per slab, and slabs in flight: one being read, the others waiting for an encoder or with one. */
const SLAB_BYTES = 1 << 20;
const SLAB_COUNT = 8;

/**
 * Lands one shard: data object, then verification, then manifest. Connection faults and replica conflicts begin it again from the
 * start, under a new snapshot; everything else fails at once and leaves nothing.
 * @param replaced the shard's manifest, for who has just read it
 * @throws BronzeError naming the shard and its table
 */
export async function landShard(
  shard: Shard,
  job: ExtractJob,
  replaced?: Versioned<ShardManifest> | null,
): Promise<ShardManifest> {
  const { attempts, min_delay_ms, max_delay_ms } = job.config.source.retry;
  const policy = { attempts, minDelayMs: min_delay_ms, maxDelayMs: max_delay_ms, signal: job.signal };
  try {
    return await withRestarts(
      policy,
      (attempt) => {
        job.events.shardStarted({ shard, attempt: job.earlierAttempts + attempt });
        return landOnce(shard, attempt, job, attempt === 1 ? replaced : undefined);
      },
      (error, attempt) => job.events.restarted({ shard, attempt: job.earlierAttempts + attempt, error }),
    );
  } catch (error) {
    throw error instanceof BronzeError ? error.within({ shard: shard.id, source: sourceName(shard) }) : error;
  }
}

async function landOnce(
  shard: Shard,
  attempt: number,
  job: ExtractJob,
  known: Versioned<ShardManifest> | null | undefined,
): Promise<ShardManifest> {
  const startedAt = new Date();
  const replaced = known === undefined ? await readManifest(job.sink, shard.object, job.run, shard.id) : known;
  const source = await openJobSource(shard.id, job);
  try {
    const snapshot = await source.beginSnapshot();
    const query = shardQuery(shard);
    const table = planTable(query, await source.describe(query), job.config, job.profile);
    if (job.pinned !== null) checkPinned(job.pinned, plannedColumns(table));
    for (const message of table.warnings) job.events.warning({ shard, message });
    const read = await openRead(source, snapshot, table, shard, job);
    const file = await publishFile(read, table, shard, job).finally(read.close);
    try {
      await verifyObject(job.sink, shard.key, file);
      const manifest = makeManifest({
        shard,
        job,
        table,
        file,
        snapshot,
        serverVersion: source.serverVersion,
        startedAt,
        attempt: job.earlierAttempts + attempt,
      });
      await writeManifest(job.sink, manifest, replaced?.etag ?? null);
      return manifest;
    } catch (error) {
      const earlier = replaced === null ? null : { key: manifestKey(shard.object, job.run, shard.id), etag: replaced.etag };
      throw await takeBack(job.sink, { object: { key: shard.key, etag: file.etag }, replacedManifest: earlier }, error);
    }
  } finally {
    await source.close();
  }
}

/** The data object: visible only when all of it is there and counted. */
async function publishFile(read: OpenRead, table: TablePlan, shard: Shard, job: ExtractJob): Promise<LandedFile> {
  const object = await job.sink.create(shard.key, { contentType: "application/vnd.apache.parquet", signal: job.signal });
  try {
    const written = await writeTable(read, table, object, shard, job);
    const { etag } = await object.close();
    return { ...written, etag };
  } catch (error) {
    throw await abandon(object, error);
  }
}

async function writeTable(
  read: OpenRead,
  table: TablePlan,
  object: ObjectWriter,
  shard: Shard,
  job: ExtractJob,
): Promise<Omit<LandedFile, "etag">> {
  const sha256 = createHash("sha256");
  const writer = new ParquetFileWriter({
    schema: parquetSchema(table.fields),
    compression: job.compression.compression,
    createdBy: `pg-bronze version ${VERSION}`,
    write: (chunk) => {
      sha256.update(chunk);
      return object.write(chunk);
    },
  });
  await writer.start();
  const pool = createSlabPool({ slabBytes: SLAB_BYTES, slabCount: SLAB_COUNT });
  const options = { compression: job.compression, pageBytes: job.config.parquet.page_bytes };
  const rows = read.start(pool);
  const arrowSchema = arrowSchemaOf(table.fields);
  arrowSchema.catch(() => {}); // is awaited when the rows are through
  const flow = await flowRows({
    read: rows,
    pool,
    writer,
    rowGroupBytes: job.rowGroupBytes,
    startEncoders: (first, isOnly) => {
      const threads = isOnly ? 0 : encoderThreads(job, table);
      const segments = splitTable(table, sampleWeights(first, table.wireColumns.length), threads, options);
      return threads === 0 ? inPlace(segments) : inWorkers(segments);
    },
    progress: ({ rows, wireBytes }) => job.events.progress({ shard, rows, wireBytes, encodedBytes: writer.bytes }),
  });
  const nullKeys = nullKeyError(flow.facts.flatMap((facts) => facts.nullKeys));
  if (nullKeys !== null) throw nullKeys;
  const { metadata, warnings } = fileMetadata({
    shard,
    arrowSchema: await arrowSchema,
    fields: table.fields,
    facts: flow.facts,
    source: sourceName(shard),
  });
  for (const message of warnings) job.events.warning({ shard, message });
  const summary = await writer.close(metadata);
  if (summary.rows !== flow.rows) {
    throw new BronzeError("ROW_COUNT", `${flow.rows} rows arrived, but the footer counts ${summary.rows}`, {
      context: { rows: flow.rows, footer_rows: summary.rows },
    });
  }
  return { ...summary, sha256: sha256.digest("hex"), wireBytes: flow.wireBytes, nullCounts: flow.nullCounts };
}
