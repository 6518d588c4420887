import { BronzeError } from "../model/errors.ts";

/** Rows per batch at the most: enough to amortise the per-column work, few enough that all offsets stay in cache. */
const BATCH_ROWS = 2048;
/** Wire bytes per batch, so that the second pass finds in cache what the first one walked over. */
const BATCH_BYTES = 256 << 10;
/**
 * Added to the distance between two columns' offsets, so that it is no power of two: columns 8 KiB apart would all fall into one set
 * of the L1 cache, which the row-wise first pass then evicts on every store.
 */
const STRIDE_EXTRA = 16;

/** CopyData: tag byte and int32 length. Source: PostgreSQL protocol, message formats. */
const FRAME_HEADER_BYTES = 5;

/**
 * First pass over a slab: walks frames and field lengths only, and notes where each field of a batch of rows begins. The second
 * pass then runs one tight loop per column.
 */
export class TupleIndex {
  readonly columnCount: number;
  readonly #stride: number;
  /** Start of field (column c, row r of the batch): `starts[begin(c) + r]`; -1 for null. */
  readonly starts: Int32Array;
  /** Nulls of each column in the batch. */
  readonly nullCounts: Int32Array;
  /** Rows in the batch. */
  rows = 0;

  constructor(columnCount: number) {
    this.columnCount = columnCount;
    // A row takes its frame, a count, and a length for each field at the least: of wide ones few go into a batch.
    const mostRows = 1 + Math.ceil(BATCH_BYTES / (FRAME_HEADER_BYTES + 2 + 4 * columnCount));
    this.#stride = Math.min(BATCH_ROWS, mostRows) + STRIDE_EXTRA;
    this.starts = new Int32Array(columnCount * this.#stride);
    this.nullCounts = new Int32Array(columnCount);
  }

  begin(column: number): number {
    return column * this.#stride;
  }

  /**
   * Indexes the next batch, from the frame at `at`. Returns where the batch after it begins.
   * Source: PostgreSQL COPY, "Binary Format", Tuples.
   * @throws BronzeError WIRE_CORRUPT when lengths and frames don't agree
   */
  next(view: DataView, at: number, end: number): number {
    const { columnCount, starts, nullCounts } = this;
    const stride = this.#stride;
    nullCounts.fill(0);
    const stop = Math.min(end, at + BATCH_BYTES);
    let position = at;
    let row = 0;
    while (position < stop && row < BATCH_ROWS) {
      const frameEnd = position + 1 + view.getInt32(position + 1);
      let field = position + FRAME_HEADER_BYTES + 2;
      if (frameEnd > end || view.getInt16(field - 2) !== columnCount) throw corrupt(view.getInt16(field - 2), columnCount);
      let slot = row;
      for (let column = 0; column < columnCount; column++) {
        const length = view.getInt32(field);
        field += 4;
        if (length >= 0) {
          starts[slot] = field;
          field += length;
        } else {
          starts[slot] = -1;
          nullCounts[column]!++;
        }
        slot += stride;
      }
      if (field !== frameEnd) throw corrupt(columnCount, columnCount);
      position = frameEnd;
      row++;
    }
    this.rows = row;
    return position;
  }
}

function corrupt(found: number, expected: number): BronzeError {
  return new BronzeError("WIRE_CORRUPT", "the server's COPY data can't be read", {
    context: { fields_found: found, fields_expected: expected },
    hint: "Something between the server and here changed the stream; run it again, and directly, without a pooler.",
    retryable: true,
  });
}
