import { type Bounds, mergeBounds } from "./bounds.ts";
import type { Compressor } from "./compression.ts";
import { bitWidthOf, encodeHybrid, hybridBound } from "./hybrid.ts";
import { LevelBuffer } from "./levels.ts";
import { dataPageHeader, dictionaryPageHeader, Encoding, type PageSummary } from "./page.ts";
import { PageBody } from "./page-body.ts";
import type { PageMemory } from "./page-memory.ts";
import type { PageStore } from "./page-store.ts";
import type { ParquetColumn } from "./schema.ts";
import { type LeafVector, type ValueCodec, type ValueDictionary, valueCodec } from "./values.ts";

export interface ChunkOptions {
  readonly compressor: Compressor;
  /** Where compressed pages lie until they are written. */
  readonly store: PageStore;
  /** Where pages lie while they are filled. */
  readonly memory: PageMemory;
  /** A page is closed once its uncompressed values reach this many bytes. */
  readonly pageBytes: number;
}

/** One column of one row group, encoded. Plain data over shared memory: it can be handed to another thread. */
export interface EncodedChunk {
  /** Pages as they stand in the file, the dictionary page first when there is one. */
  readonly pages: Uint8Array[];
  /** Bytes of the dictionary page, header included; 0 when there is none. */
  readonly dictionaryBytes: number;
  readonly levels: number;
  readonly nullCount: number;
  readonly bounds: Bounds | null;
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
  /** Data pages in order. */
  readonly summaries: PageSummary[];
}

/** A page is closed at this many levels at the latest, which bounds what levels and indices of narrow columns take. */
const MAX_PAGE_LEVELS = 1 << 18;
/**
 * A dictionary is judged twice: soon, for columns in which hardly a value occurs twice, and again when a column of some ten thousand
 * values (a ZIP code, a supplier) has had the time to show them. It is given up when more than this share of the values were new.
 */
const JUDGEMENTS = [
  { values: 4096, maxDistinctShare: 0.9 },
  { values: 16_384, maxDistinctShare: 0.5 },
];

/**
 * Row groups for which a column goes without a dictionary once its values hardly repeated; then it is asked again. Of a row group
 * of parcels half the rows pass before it is judged, so asking each time costs unique columns nearly as much as keeping one.
 */
const GROUPS_WITHOUT_DICTIONARY = 7;

/**
 * Encodes one column chunk. Values go to a dictionary while that pays, else to PLAIN pages; each page is compressed as soon as it
 * is full, so a row group in the making is held compressed. What is decided depends on the values alone, these and those before.
 */
export class ColumnChunkEncoder {
  readonly #column: ParquetColumn;
  readonly #options: ChunkOptions;
  readonly #codec: ValueCodec;
  readonly #dictionary: ValueDictionary | null;
  readonly #body: PageBody;
  readonly #definition: LevelBuffer;
  readonly #repetition: LevelBuffer;
  #indices = new Uint16Array(0);
  #indexCount = 0;
  /** Whether the open page holds indices. */
  #indexing: boolean;
  /** Row groups that are still to go without a dictionary. */
  #groupsWithout = 0;

  #pageRows = 0;
  #pageValues = 0;
  #pageBounds: Bounds | null = null;

  #pages: Uint8Array[] = [];
  #summaries: PageSummary[] = [];
  #indexedPages = 0;
  #uncompressedBytes = 0;

  constructor(column: ParquetColumn, options: ChunkOptions) {
    this.#column = column;
    this.#options = options;
    this.#codec = valueCodec(column);
    this.#body = new PageBody(options.pageBytes, options.memory);
    this.#dictionary = column.dictionary ? this.#codec.dictionary() : null;
    this.#indexing = this.#dictionary !== null;
    this.#definition = new LevelBuffer(column.maxDefinitionLevel);
    this.#repetition = new LevelBuffer(column.maxRepetitionLevel);
  }

  /**
   * Appends whole rows.
   * @param vector the values that are present, dense
   * @param valueCount how many of them
   * @param levels number of levels: `rows`, unless the column is nested
   * @param definition levels, or null when every value is present
   * @param repetition levels, or null when the column isn't nested
   */
  append(
    vector: LeafVector,
    valueCount: number,
    rows: number,
    levels: number,
    definition: Uint8Array | null,
    repetition: Uint8Array | null,
  ): void {
    this.#definition.append(definition, levels);
    this.#repetition.append(repetition, levels);
    this.#pageRows += rows;
    this.#pageValues += valueCount;
    let from = 0;
    if (this.#indexing) {
      from = this.#index(vector, valueCount);
      const hardlyRepeats = this.#hardlyRepeats();
      if (hardlyRepeats) this.#groupsWithout = GROUPS_WITHOUT_DICTIONARY + 1;
      if (from < valueCount || hardlyRepeats) this.#giveUpDictionary();
    }
    if (from < valueCount) this.#appendPlain(vector, from, valueCount);
    const pageBytes = this.#indexing ? this.#indexCount * 2 : this.#body.byteLength;
    if (pageBytes >= this.#options.pageBytes || this.#definition.length >= MAX_PAGE_LEVELS) this.#closePage();
  }

  /** Ends the chunk and is ready for the next row group's. */
  finish(): EncodedChunk {
    if (this.#definition.length > 0) this.#closePage();
    const pages = this.#pages;
    let dictionaryBytes = 0;
    if (this.#indexedPages > 0) {
      const dictionary = this.#dictionary!;
      const body = dictionary.plain();
      const compressed = this.#options.compressor.compress(body);
      const header = dictionaryPageHeader(compressed, body.length, dictionary.size);
      const page = this.#options.store.put(header, compressed);
      dictionaryBytes = page.length;
      this.#uncompressedBytes += header.length + body.length;
      pages.unshift(page);
    }
    const summaries = this.#summaries;
    const chunk: EncodedChunk = {
      pages,
      dictionaryBytes,
      levels: summaries.reduce((sum, page) => sum + page.levels, 0),
      nullCount: summaries.reduce((sum, page) => sum + page.nullCount, 0),
      bounds: this.#chunkBounds(),
      uncompressedBytes: this.#uncompressedBytes,
      compressedBytes: pages.reduce((sum, page) => sum + page.length, 0),
      summaries,
    };
    this.#dictionary?.clear();
    if (this.#groupsWithout > 0) this.#groupsWithout--;
    this.#indexing = this.#dictionary !== null && this.#groupsWithout === 0;
    this.#pages = [];
    this.#summaries = [];
    this.#indexedPages = 0;
    this.#uncompressedBytes = 0;
    return chunk;
  }

  #index(vector: LeafVector, count: number): number {
    const needed = this.#indexCount + count;
    if (needed > this.#indices.length) {
      const grown = new Uint16Array(Math.max(this.#indices.length * 2, needed));
      grown.set(this.#indices.subarray(0, this.#indexCount));
      this.#indices = grown;
    }
    const taken = this.#dictionary!.index(vector, count, this.#indices, this.#indexCount);
    this.#indexCount += taken;
    return taken;
  }

  #hardlyRepeats(): boolean {
    if (this.#indexedPages > 0) return false;
    const { size } = this.#dictionary!;
    return JUDGEMENTS.some(
      ({ values, maxDistinctShare }) => this.#indexCount >= values && size > this.#indexCount * maxDistinctShare,
    );
  }

  #appendPlain(vector: LeafVector, from: number, count: number): void {
    this.#codec.plain(this.#body, vector, from, count);
    this.#pageBounds = mergeBounds(
      this.#column.order,
      this.#pageBounds,
      this.#codec.bounds(this.#column.order, vector, from, count),
    );
  }

  /** From here on PLAIN: the open page's indices are turned back into values; closed pages keep the dictionary they have. */
  #giveUpDictionary(): void {
    this.#indexing = false;
    const count = this.#indexCount;
    this.#indexCount = 0;
    if (count > 0) this.#appendPlain(this.#dictionary!.gather(this.#indices, count), 0, count);
  }

  /** Whether the first page and its dictionary take less than the values would. */
  #dictionaryPays(): boolean {
    const dictionary = this.#dictionary!;
    const count = this.#indexCount;
    const plainBytes = plainBytesOf(dictionary.gather(this.#indices, count), count);
    return dictionary.byteLength + (count * bitWidthOf(dictionary.size - 1)) / 8 < plainBytes;
  }

  #closePage(): void {
    if (this.#indexing && this.#indexedPages === 0 && this.#indexCount > 0 && !this.#dictionaryPays()) this.#giveUpDictionary();
    const body = this.#body;
    // A page of nothing but nulls has no use for a dictionary.
    const indexed = this.#indexing && this.#indexCount > 0;
    if (indexed) this.#writeIndices();
    const levels = this.#definition.length;
    // V1 pages: repetition levels, definition levels, values; so they are prepended in the other order.
    this.#definition.prependTo(body);
    this.#repetition.prependTo(body);
    const bytes = body.bytes();
    const compressed = this.#options.compressor.compress(bytes);
    const header = dataPageHeader(compressed, bytes.length, levels, indexed ? Encoding.RLE_DICTIONARY : Encoding.PLAIN);
    this.#uncompressedBytes += header.length + bytes.length;
    body.clear(); // before the page is stored: of a huge one there are enough copies
    const page = this.#options.store.put(header, compressed);
    this.#pages.push(page);
    this.#summaries.push({
      byteLength: page.length,
      rows: this.#pageRows,
      levels,
      nullCount: levels - this.#pageValues,
      bounds: this.#pageBounds,
      dictionary: indexed,
    });
    if (indexed) this.#indexedPages++;
    this.#indexCount = 0;
    this.#pageRows = 0;
    this.#pageValues = 0;
    this.#pageBounds = null;
    this.#definition.clear();
    this.#repetition.clear();
  }

  #writeIndices(): void {
    const dictionary = this.#dictionary!;
    const count = this.#indexCount;
    this.#pageBounds = this.#boundsOfIndexed(dictionary, count);
    const bitWidth = dictionary.size === 0 ? 0 : bitWidthOf(dictionary.size - 1);
    this.#body.appendWith(hybridBound(count, bitWidth) + 1, (bytes, at) => {
      bytes[at] = bitWidth;
      return encodeHybrid(this.#indices, count, bitWidth, bytes, at + 1);
    });
  }

  /** Bounds of the entries that occur in the page: each is compared once, however often it occurs. */
  #boundsOfIndexed(dictionary: ValueDictionary, count: number): Bounds | null {
    if (this.#column.order === "none" || count === 0) return null;
    const occurring = occurringEntries(this.#indices, count, dictionary.size);
    return this.#codec.bounds(this.#column.order, dictionary.gather(occurring, occurring.length), 0, occurring.length);
  }

  #chunkBounds(): Bounds | null {
    let bounds: Bounds | null = null;
    for (const page of this.#summaries) {
      const empty = page.nullCount === page.levels;
      // A page whose bounds nobody knows (all NaN, text that can't be raised) leaves the chunk's unknown too.
      if (page.bounds === null && !empty) return null;
      bounds = mergeBounds(this.#column.order, bounds, page.bounds);
    }
    return bounds;
  }
}

// Loops stand in functions of their own where the method around them calls what differs from column to column: V8 throws the
// method's code away each time it meets another column, and a loop in it would run interpreted until it is compiled once more.

function plainBytesOf(vector: LeafVector, count: number): number {
  if (vector.kind === "bytes") return count * 4 + sum(vector.lengths, count);
  return count * (vector.kind === "word64" ? 8 : 4);
}

function sum(values: Int32Array, count: number): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += values[i]!;
  return total;
}

/** Each entry that occurs in `indices`, once. */
function occurringEntries(indices: Uint16Array, count: number, size: number): Uint16Array {
  const seen = new Uint8Array(size);
  for (let i = 0; i < count; i++) seen[indices[i]!] = 1;
  const occurring = new Uint16Array(size);
  let distinct = 0;
  for (let entry = 0; entry < size; entry++) if (seen[entry] === 1) occurring[distinct++] = entry;
  return occurring.subarray(0, distinct);
}
