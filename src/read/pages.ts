import { crc32 } from "node:zlib";
import { deserializeTCompactProtocol } from "hyparquet/src/thrift.js";
import type { Chunk, Footer } from "./footer.ts";
import { type DataPage, firstRepetitionLevel } from "./levels.ts";
import type { LocalFile } from "./local-file.ts";

/** What walking the pages of all column chunks found, without decoding them. */
export interface PageWalk {
  readonly pages: number;
  readonly withChecksum: number;
  /** Pages whose bytes don't match their CRC-32. */
  readonly checksumFaults: readonly string[];
  /** Chunks whose pages don't add up to what the footer says. */
  readonly structureFaults: readonly string[];
  /** Chunks with an offset index, and where it disagrees with the pages. */
  readonly indexed: number;
  readonly indexFaults: readonly string[];
  /** What the column indexes say of pages whose rows are known; null for a chunk without one. `columnIndexes[leaf][group]`. */
  readonly columnIndexes: readonly (readonly (ColumnIndex | null)[])[];
}

/** A column index with the pages that it speaks of. Source: parquet.thrift, ColumnIndex. */
export interface ColumnIndex {
  readonly pages: readonly IndexedPage[];
  /** 0 unordered, 1 ascending, 2 descending. */
  readonly boundaryOrder: number;
}

export interface IndexedPage {
  /** First row, counted in the row group. */
  readonly firstRow: number;
  /** Levels: values and nulls. */
  readonly levels: number;
  readonly nullPage: boolean;
  readonly min: Uint8Array;
  readonly max: Uint8Array;
  /** Null where the index doesn't say. */
  readonly nulls: number | null;
}

interface Page extends DataPage {
  readonly offset: number;
  /** Header and body. */
  readonly bytes: number;
  readonly kind: "data" | "dictionary" | "other";
  /** Null: no checksum. */
  readonly checksumHolds: boolean | null;
}

/** Source: parquet-format README, "Checksumming"; parquet.thrift, PageHeader and OffsetIndex. Holds one megabyte at a time. */
export async function walkPages(file: LocalFile, footer: Footer): Promise<PageWalk> {
  const walk = { pages: 0, withChecksum: 0, indexed: 0 };
  const checksumFaults: string[] = [];
  const structureFaults: string[] = [];
  const indexFaults: string[] = [];
  const columnIndexes: (ColumnIndex | null)[][] = footer.leaves.map(() => footer.rowGroups.map(() => null));
  for (const [g, group] of footer.rowGroups.entries()) {
    for (const [c, chunk] of group.chunks.entries()) {
      const leaf = footer.leaves[c];
      const place = `row group ${g}, column ${leaf?.path}`;
      let pages: Page[];
      try {
        pages = await pagesOf(file, footer, chunk);
      } catch (error) {
        structureFaults.push(`${place}: ${(error as Error).message}`);
        continue;
      }
      const repeated = leaf?.repeated ?? false;
      for (const page of pages) {
        walk.pages++;
        if (page.checksumHolds !== null) walk.withChecksum++;
        if (page.checksumHolds === false) checksumFaults.push(`${place}: the page at byte ${page.offset} doesn't match its CRC`);
      }
      const data = pages.filter((page) => page.kind === "data");
      const values = data.reduce((sum, page) => sum + page.values, 0);
      if (values !== chunk.values) {
        structureFaults.push(`${place}: the pages hold ${values} values, the footer says ${chunk.values}`);
      } else if (!repeated && values !== group.rows) {
        structureFaults.push(`${place}: ${values} values in a row group of ${group.rows} rows`);
      }
      if (chunk.offsetIndex !== null) {
        walk.indexed++;
        const firstRows = await firstRowsOf(file, chunk.offsetIndex, data, repeated);
        if (typeof firstRows === "string") indexFaults.push(`${place}: ${firstRows}`);
        else if (chunk.columnIndex !== null) {
          const index = await readColumnIndex(file, chunk.columnIndex, data, firstRows);
          if (typeof index === "string") indexFaults.push(`${place}: ${index}`);
          else columnIndexes[c]![g] = index;
        }
      }
      if (leaf !== undefined && leaf.maxRepetition > 0 && data.length > 0) {
        const level = await firstRepetitionLevel(file, data[0]!, chunk.codec, leaf.maxRepetition);
        if (level !== null && level !== 0)
          structureFaults.push(`${place}: the first repetition level is ${level}, so its first row has no beginning`);
      }
    }
  }
  return { ...walk, checksumFaults, structureFaults, indexFaults, columnIndexes };
}

async function pagesOf(file: LocalFile, footer: Footer, chunk: Chunk): Promise<Page[]> {
  if (chunk.values === 0 && chunk.offset < 4) return []; // of a row group without rows there may be no pages
  const end = chunk.offset + chunk.bytes;
  if (chunk.offset < 4 || end > footer.offset) {
    throw new Error(`its bytes ${chunk.offset} to ${end} lie outside the data, which ends at ${footer.offset}`);
  }
  const pages: Page[] = [];
  for (let offset = chunk.offset; offset < end; ) {
    const page = await readPage(file, offset, end);
    pages.push(page);
    offset += page.bytes;
  }
  return pages;
}

const HEADER_BYTES = 4 << 10;
const STEP_BYTES = 1 << 20;

/** @throws Error when no page header begins here or the page passes `end`. */
async function readPage(file: LocalFile, offset: number, end: number): Promise<Page> {
  const { header, headerBytes } = await readHeader(file, offset, end);
  const bodyBytes = Number(header.field_3);
  const bytes = headerBytes + bodyBytes;
  if (!(bodyBytes >= 0) || offset + bytes > end) throw new Error(`the page at byte ${offset} passes the end of its column chunk`);
  const kind = header.field_1 === 0 || header.field_1 === 3 ? "data" : header.field_1 === 2 ? "dictionary" : "other";
  const details = (header.field_5 ?? header.field_8 ?? header.field_7) as { field_1?: number } | undefined;
  if (kind !== "other" && !((details?.field_1 ?? -1) >= 0))
    throw new Error(`the page at byte ${offset} has no header of its kind`);
  const expected = header.field_4 as number | undefined;
  let checksumHolds: boolean | null = null;
  if (expected !== undefined) checksumHolds = (await crcOf(file, offset + headerBytes, bodyBytes)) === expected >>> 0;
  const body = { offset: offset + headerBytes, bytes: bodyBytes, uncompressedBytes: Number(header.field_2) };
  const version = header.field_1 === 3 ? 2 : 1;
  return { offset, bytes, kind, values: details?.field_1 ?? 0, checksumHolds, body, version };
}

async function readHeader(file: LocalFile, offset: number, end: number) {
  for (let length = HEADER_BYTES; ; length *= 8) {
    const available = Math.min(length, end - offset);
    const bytes = await file.read(offset, available);
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
    try {
      const header = deserializeTCompactProtocol(reader) as { readonly [field: `field_${number}`]: unknown };
      return { header, headerBytes: reader.offset };
    } catch (cause) {
      // A header may hold long bounds: it is damaged only when all that is left of the chunk doesn't parse either.
      if (available === end - offset || length > STEP_BYTES * 16) throw new Error(`no page header at byte ${offset}`, { cause });
    }
  }
}

async function crcOf(file: LocalFile, offset: number, length: number): Promise<number> {
  let crc = 0;
  for (let done = 0; done < length; done += STEP_BYTES) {
    crc = crc32(await file.read(offset + done, Math.min(STEP_BYTES, length - done)), crc);
  }
  return crc;
}

/** The first row of each page, by the offset index, or what is wrong with that. */
async function firstRowsOf(
  file: LocalFile,
  index: { offset: number; bytes: number },
  data: readonly Page[],
  repeated: boolean,
): Promise<number[] | string> {
  let locations: readonly { field_1?: bigint; field_2?: number; field_3?: bigint }[];
  try {
    const bytes = await file.read(index.offset, index.bytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    locations = deserializeTCompactProtocol({ view, offset: 0 }).field_1 ?? [];
  } catch {
    return `the offset index at byte ${index.offset} doesn't parse`;
  }
  if (locations.length !== data.length) return `the offset index names ${locations.length} pages, there are ${data.length}`;
  let row = 0;
  for (const [i, page] of data.entries()) {
    const location = locations[i];
    const agrees =
      Number(location?.field_1) === page.offset &&
      location?.field_2 === page.bytes &&
      (repeated || Number(location?.field_3) === row);
    if (!agrees) return `the offset index is wrong about page ${i}`;
    row += page.values;
  }
  return locations.map((location) => Number(location.field_3));
}

async function readColumnIndex(
  file: LocalFile,
  at: { offset: number; bytes: number },
  data: readonly Page[],
  firstRows: readonly number[],
): Promise<ColumnIndex | string> {
  let index: {
    readonly field_1?: readonly boolean[];
    readonly field_2?: readonly Uint8Array[];
    readonly field_3?: readonly Uint8Array[];
    readonly field_4?: number;
    readonly field_5?: readonly bigint[];
  };
  try {
    const bytes = await file.read(at.offset, at.bytes);
    index = deserializeTCompactProtocol({ view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 });
  } catch {
    return `the column index at byte ${at.offset} doesn't parse`;
  }
  const { field_1: nullPages = [], field_2: mins = [], field_3: maxs = [], field_4: order = 0, field_5: nulls } = index;
  for (const list of [nullPages, mins, maxs, nulls ?? nullPages]) {
    if (!Array.isArray(list) || list.length !== data.length)
      return `the column index tells of ${list.length ?? "no"} pages, there are ${data.length}`;
  }
  if (![...mins, ...maxs].every((bound) => bound instanceof Uint8Array)) return "the column index holds bounds that are no bytes";
  return {
    boundaryOrder: order,
    pages: data.map(({ values }, i) => ({
      firstRow: firstRows[i]!,
      levels: values,
      nullPage: nullPages[i] === true,
      min: mins[i]!,
      max: maxs[i]!,
      nulls: nulls === undefined ? null : Number(nulls[i]),
    })),
  };
}
