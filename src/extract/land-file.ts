import { createHash } from "node:crypto";
import { nullKeyError } from "../hashkeys/check.ts";
import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import { VERSION } from "../model/version.ts";
import { ParquetFileWriter } from "../parquet/file-writer.ts";
import { parquetSchema } from "../parquet/schema.ts";
import type { ObjectWriter } from "../sink/sink.ts";
import { createSlabPool } from "../source/slab-pool.ts";
import { abandon } from "./abandon.ts";
import { type ColumnStatistics, columnStatistics } from "./column-statistics.ts";
import type { PlannedColumn } from "./contract.ts";
import { arrowSchemaOf, fileMetadata } from "./file-metadata.ts";
import type { OpenRead } from "./open-read.ts";
import type { LandingOptions } from "./options.ts";
import { flowRows } from "./row-flow.ts";
import type { Attempt, Session } from "./session.ts";
import { shardRead } from "./shard-source.ts";
import type { SpatialReferences } from "./spatial-references.ts";
import { fieldsWithIds } from "./table-plan/field-ids.ts";
import type { TablePlan } from "./table-plan/table-plan.ts";
import { inPlace, inWorkers } from "./threads/encoders.ts";
import { splitTable } from "./threads/split.ts";
import { encoderThreads } from "./threads/threads.ts";
import { sampleWeights } from "./threads/weights.ts";

/** Wire bytes per slab, and slabs in flight: one being read, the others waiting for an encoder or with one. */
const SLAB_BYTES = 1 << 20;
const SLAB_COUNT = 8;

/** Rows that become one object. */
export interface FileRequest {
  /** Whose rows they are. */
  readonly shard: Shard;
  /** Key of the object, relative to the sink. */
  readonly key: string;
  readonly table: TablePlan;
  /** The columns of `table.fields`, in the same order: whose ids the file has. */
  readonly columns: readonly PlannedColumn[];
  /** Of its geometries. */
  readonly references: SpatialReferences;
  readonly read: OpenRead;
  /** Called once, when the server has sent the last row: its transaction may end while the rest is encoded and written. */
  readonly lastRowIn: () => void;
}

/** What is known of a file when its last byte is written. */
export interface FileFacts {
  readonly key: string;
  readonly bytes: number;
  /** Rows of COPY's command tag = rows encoded = rows in the footer. */
  readonly rows: number;
  readonly rowGroups: number;
  /** SHA-256 of the object's bytes, 64 hex characters. */
  readonly sha256: string;
  /** One for each column of the file, in its order. */
  readonly columns: readonly ColumnStatistics[];
}

/** An object that is written and not yet visible. */
export interface PreparedFile {
  readonly facts: FileFacts;
  /** Bytes of COPY data that it was made of. */
  readonly wireBytes: number;
  /** Sealed: publish it, or abort it. */
  readonly writer: ObjectWriter;
  /** The {@link ObjectInfo.token} that the object will have. */
  readonly token: string;
}

/**
 * Rows → one object, sealed: nobody sees it until its writer publishes it. When this throws, nothing of the object is left.
 * @throws BronzeError ROW_COUNT, NULL_KEY, UNREPRESENTABLE, SOURCE_…, SINK_…, CANCELLED
 */
export async function landFile(
  file: FileRequest,
  options: LandingOptions,
  session: Session,
  attempt: Attempt,
): Promise<PreparedFile> {
  const { token, signal } = attempt;
  const writer = await session.sink.create(file.key, { contentType: "application/vnd.apache.parquet", token, signal });
  try {
    const written = await writeTable(file, writer, options, session);
    const sealed = await writer.seal();
    return { ...written, writer, token: sealed.token };
  } catch (error) {
    throw await abandon(writer, error);
  }
}

async function writeTable(
  { shard, key, table, columns, references, read, lastRowIn }: FileRequest,
  object: ObjectWriter,
  options: LandingOptions,
  { events }: Session,
): Promise<Pick<PreparedFile, "facts" | "wireBytes">> {
  const sha256 = createHash("sha256");
  const writer = new ParquetFileWriter({
    schema: parquetSchema(fieldsWithIds(table.fields, columns)),
    compression: options.compression.compression,
    createdBy: `pg-bronze version ${VERSION}`,
    write: (chunk) => {
      sha256.update(chunk);
      return object.write(chunk);
    },
  });
  await writer.start();
  const pool = createSlabPool({ slabBytes: SLAB_BYTES, slabCount: SLAB_COUNT });
  const encoding = { compression: options.compression, pageBytes: options.config.parquet.page_bytes };
  const rows = read.start(pool);
  const arrowSchema = arrowSchemaOf(table.fields);
  arrowSchema.catch(() => {}); // is awaited when the rows are through
  const flow = await flowRows({
    read: rows,
    pool,
    writer,
    rowGroupBytes: options.rowGroupBytes,
    startEncoders: (first, isOnly) => {
      const threads = isOnly ? 0 : encoderThreads(options, table);
      const segments = splitTable(table, sampleWeights(first, table.wireColumns.length), threads, encoding);
      return threads === 0 ? inPlace(segments) : inWorkers(segments);
    },
    progress: ({ rows, wireBytes }) => events.progress({ shard, rows, wireBytes, encodedBytes: writer.bytes }),
    lastRowIn,
  });
  const nullKeys = nullKeyError(flow.facts.flatMap((facts) => facts.nullKeys));
  if (nullKeys !== null) throw nullKeys;
  const { metadata, warnings } = fileMetadata({
    shard,
    arrowSchema: await arrowSchema,
    fields: table.fields,
    facts: flow.facts,
    references,
    profile: options.profile,
    source: shardRead(shard, options).name,
  });
  for (const message of warnings) events.warning({ shard, message });
  const nulled = flow.facts.flatMap((facts) => facts.nulled);
  for (const { column, values, first } of nulled) {
    const message = `${values === 1 ? "a value" : `${values} values`} of column "${column}" became null, since unrepresentable is null; the first: ${first}`;
    events.warning({ shard, message, context: { column, nulled: values } });
  }
  const summary = await writer.close(metadata);
  if (summary.rows !== flow.rows) {
    throw new BronzeError("ROW_COUNT", `${flow.rows} rows arrived, but the footer counts ${summary.rows}`, {
      context: { rows: flow.rows, footer_rows: summary.rows },
    });
  }
  const { bytes, rowGroups, fields } = summary;
  const statistics = columnStatistics(table.fields, fields, new Map(nulled.map(({ column, values }) => [column, values])));
  const facts = { key, bytes, rows: flow.rows, rowGroups, sha256: sha256.digest("hex"), columns: statistics };
  return { facts, wireBytes: flow.wireBytes };
}
