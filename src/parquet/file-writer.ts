import { BronzeError } from "../model/errors.ts";
import type { EncodedChunk } from "./column-chunk.ts";
import { Codec, type CompressionOptions } from "./compression.ts";
import { FieldSummaries, type FieldSummary } from "./field-summary.ts";
import { type ColumnChunkPlace, fileMetadata, placeRowGroup, type RowGroupPlace } from "./footer.ts";
import type { EncodedField } from "./row-group.ts";
import type { ParquetSchema } from "./schema.ts";

const MAGIC = new TextEncoder().encode("PAR1");

export interface FileOptions {
  readonly schema: ParquetSchema;
  /** How the chunks were compressed. */
  readonly compression: CompressionOptions["compression"];
  /** Writes to the sink; resolves when the chunk's memory may be used again. */
  readonly write: (chunk: Uint8Array) => Promise<void>;
  /** `application version …`, as readers parse it to know a writer's bugs. */
  readonly createdBy: string;
}

export interface FileSummary {
  readonly bytes: number;
  readonly rows: number;
  readonly rowGroups: number;
  /** One for each field of the schema, in its order. */
  readonly fields: readonly FieldSummary[];
}

/** Puts encoded row groups in order and the footer behind them. Holds of each row group only what these say of it. */
export class ParquetFileWriter {
  readonly #options: FileOptions;
  readonly #rowGroups: RowGroupPlace[] = [];
  readonly #summaries: FieldSummaries;
  #offset = 0;
  #rows = 0;

  constructor(options: FileOptions) {
    this.#options = options;
    this.#summaries = new FieldSummaries(options.schema);
  }

  get bytes(): number {
    return this.#offset;
  }

  async start(): Promise<void> {
    await this.#write(MAGIC.slice());
  }

  /** @param fields one for each field of the schema, in its order */
  async writeRowGroup(fields: readonly EncodedField[], rows: number): Promise<void> {
    const start = this.#offset;
    const columns: ColumnChunkPlace[] = [];
    for (const chunk of fields.flatMap((field) => field.chunks)) columns.push(await this.#writeChunk(chunk));
    const { schema, compression } = this.#options;
    const group = { rows, start, compressedBytes: this.#offset - start, ordinal: this.#rowGroups.length };
    this.#rowGroups.push(placeRowGroup(columns, group, schema.columns, Codec[compression]));
    this.#rows += rows;
    this.#summaries.add(fields);
  }

  /** Indexes, footer and closing magic. @param metadata key-value pairs of the footer, in order */
  async close(metadata: readonly (readonly [string, string])[]): Promise<FileSummary> {
    const columnIndexesAt = await this.#writeOfEach((group) => group.columnIndexes.bytes);
    const offsetIndexesAt = await this.#writeOfEach((group) => group.offsetIndexes.bytes);
    const { schema, createdBy } = this.#options;
    const footer = fileMetadata({
      schema,
      createdBy,
      rows: this.#rows,
      rowGroups: this.#rowGroups.map((group, i) => ({
        ...group,
        columnIndexesAt: columnIndexesAt[i]!,
        offsetIndexesAt: offsetIndexesAt[i]!,
      })),
      metadata,
    });
    if (footer.length > 0x7fffffff)
      throw new BronzeError("SINK_FAILED", "the Parquet footer is larger than 2 GiB", {
        hint: "Raise parquet.row_group_bytes: fewer row groups make a smaller footer.",
      });
    const tail = new Uint8Array(8);
    new DataView(tail.buffer).setUint32(0, footer.length, true);
    tail.set(MAGIC, 4);
    await this.#write(footer);
    await this.#write(tail);
    return { bytes: this.#offset, rows: this.#rows, rowGroups: this.#rowGroups.length, fields: this.#summaries.result() };
  }

  async #writeChunk(chunk: EncodedChunk): Promise<ColumnChunkPlace> {
    const offset = this.#offset;
    const { pages, ...summary } = chunk;
    // Each page is let go as soon as the sink has it.
    for (let i = 0; i < pages.length; i++) {
      const page = pages[i]!;
      pages[i] = EMPTY;
      await this.#write(page);
    }
    return { ...summary, offset };
  }

  /** Writes something of every row group; returns where each begins. */
  async #writeOfEach(bytesOf: (group: RowGroupPlace) => Uint8Array): Promise<number[]> {
    const beginnings: number[] = [];
    for (const group of this.#rowGroups) {
      beginnings.push(this.#offset);
      const bytes = bytesOf(group);
      if (bytes.length > 0) await this.#write(bytes);
    }
    return beginnings;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#offset += bytes.length;
    await this.#options.write(bytes);
  }
}

const EMPTY = new Uint8Array(0);
