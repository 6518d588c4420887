import { BronzeError } from "../model/errors.ts";
import type { ParquetFileWriter } from "../parquet/file-writer.ts";
import type { EncodedField } from "../parquet/row-group.ts";
import type { Slab, SlabPool, WireRead } from "../source/contract.ts";
import type { Encoders } from "./threads/encoders.ts";
import type { SegmentFacts } from "./threads/segment.ts";

export interface RowFlow {
  readonly read: WireRead;
  readonly pool: SlabPool;
  /** Called with the first slabs, at the latest when the second one is there: small tables need no threads. */
  readonly startEncoders: (first: Slab, isOnly: boolean) => Promise<Encoders>;
  readonly writer: ParquetFileWriter;
  /** A row group is closed at the first slab boundary past this many bytes of wire data. */
  readonly rowGroupBytes: number;
  readonly progress: (totals: { rows: number; wireBytes: number }) => void;
  /** Called once, when the server has sent its last row and said how many there were; the last rows are encoded meanwhile. */
  readonly lastRowIn: () => void;
}

export interface RowFlowResult {
  readonly rows: number;
  readonly wireBytes: number;
  readonly facts: readonly SegmentFacts[];
}

/**
 * Source → encoders → file. Slabs in flight are bounded by the pool. A row group is written while the next is encoded, and at most
 * those two are in memory: a slow sink stops the encoders, and they the socket. (S3's part buffers upload meanwhile.)
 */
export async function flowRows(flow: RowFlow): Promise<RowFlowResult> {
  const { read, pool, writer } = flow;
  let encoders: Encoders | null = null;
  let held: Slab | null = null;
  let rows = 0;
  let wireBytes = 0;
  let group = { rows: 0, wireBytes: 0 };
  /** All row groups that were closed, down to the last one. */
  let written: Promise<void> = Promise.resolve();
  let writeFailure: Error | null = null;

  const feed = (slab: Slab): void => {
    encoders!.feed(slab, rows, () => pool.release(slab));
    rows += slab.rows;
    wireBytes += slab.byteLength;
    group.rows += slab.rows;
    group.wireBytes += slab.byteLength;
    flow.progress({ rows, wireBytes });
  };

  const write = async (encoding: Promise<EncodedField[]>, groupRows: number): Promise<void> => {
    const fields = await encoding;
    await writer.writeRowGroup(fields, groupRows);
  };

  const closeRowGroup = async (): Promise<void> => {
    const encoding = encoders!.finishRowGroup();
    const { rows: groupRows, wireBytes: groupBytes } = group;
    group = { rows: 0, wireBytes: 0 };
    const earlier = written;
    written = earlier.then(() => write(encoding, groupRows));
    for (const failing of [encoding, written]) failing.catch((error: Error) => (writeFailure ??= error));
    // The next row group is encoded into the memory of the one before this. Beside one that huge rows made larger there is no room.
    await (groupBytes > 2 * flow.rowGroupBytes ? written : earlier);
  };

  const throwFailure = (): void => {
    const error = encoders?.failure() ?? writeFailure;
    if (error !== null) throw error;
  };

  try {
    for await (const slab of read) {
      throwFailure();
      if (encoders === null) {
        if (held === null) {
          held = slab;
          continue;
        }
        encoders = await flow.startEncoders(held, false);
        feed(held);
      }
      feed(slab);
      if (group.wireBytes >= flow.rowGroupBytes) await closeRowGroup();
    }
    const told = await read.rows;
    flow.lastRowIn();
    if (encoders === null && held !== null) {
      encoders = await flow.startEncoders(held, true);
      feed(held);
    }
    if (told !== rows) throw miscounted(told, rows);
    if (group.rows > 0) await closeRowGroup();
    await written;
    return { rows, wireBytes, facts: encoders === null ? [] : await encoders.facts() };
  } finally {
    await encoders?.close();
  }
}

function miscounted(told: number, read: number): BronzeError {
  return new BronzeError("ROW_COUNT", `the server says it sent ${told} rows, but ${read} arrived`, {
    context: { server_rows: told, rows: read },
    hint: "Nothing was published. Run it again; if it happens twice, report it with the server's version.",
    retryable: true,
  });
}
