import { sessionCount } from "../source/block-ranges.ts";
import type { SlabPool, SnapshotInfo, Source, WireRead } from "../source/contract.ts";
import { rangeSelect } from "../source/heap.ts";
import { readRanges } from "../source/range-read.ts";
import type { DescribedShard } from "./describe-shard.ts";
import type { LandingOptions } from "./options.ts";

/**
 * Wire data of one range, and what a session may have read ahead. Two ranges fit, so that a session always has one to read; a table
 * of two ranges is the smallest that is worth a second connection.
 */
const RANGE_BYTES = 8 << 20;
const WINDOW_BYTES = 16 << 20;

/** The rows of one file, ready to be read. */
export interface OpenRead {
  start(pool: SlabPool): WireRead;
  /** Ends the sessions that were opened for it. Never throws. */
  close(): Promise<void>;
}

/**
 * A file is read over its shard's session, or over several that share its snapshot, where the config says so, the file is the whole
 * shard and the table is large enough. The rows and slabs are the same.
 * @param query the file's
 * @param connect opens one more session
 */
export async function openRead(
  source: Source,
  snapshot: SnapshotInfo,
  query: string,
  { read, heap, table }: DescribedShard,
  { transport, parallelism }: Pick<LandingOptions, "transport" | "parallelism">,
  connect: () => Promise<Source>,
): Promise<OpenRead> {
  const count = heap === null || query !== read.query ? 1 : sessionCount(heap, RANGE_BYTES, parallelism);
  if (heap === null || count === 1) {
    return { start: (pool) => source.read(table.project(query), pool, transport), close: async () => {} };
  }
  const others = await joinSessions(source, snapshot, query, count - 1, connect);
  let closing: Promise<void> | null = null;
  const select = (range: Parameters<typeof rangeSelect>[1]): string => table.project(rangeSelect(query, range));
  return {
    start: (pool) =>
      readRanges({ sources: [source, ...others], heap, select, pool, rangeBytes: RANGE_BYTES, windowBytes: WINDOW_BYTES }),
    close: () => (closing ??= closeAll(others)),
  };
}

async function joinSessions(
  first: Source,
  snapshot: SnapshotInfo,
  query: string,
  count: number,
  connect: () => Promise<Source>,
): Promise<Source[]> {
  const others: Source[] = [];
  try {
    await first.beginRanges(query);
    while (others.length < count) {
      const other = await connect();
      others.push(other);
      await other.joinSnapshot(snapshot).catch(async (error: unknown) => {
        // Nobody can join the snapshot of a session that broke: then that is what happened.
        await first.lookup("SELECT 1");
        throw error;
      });
      await other.beginRanges(query);
    }
    return others;
  } catch (error) {
    await closeAll(others);
    throw error;
  }
}

async function closeAll(sources: readonly Source[]): Promise<void> {
  await Promise.all(sources.map((source) => source.close()));
}
