import type { SourceColumn } from "../pgtypes/contract.ts";

/**
 * Whole rows of COPY BINARY as they came from the server: CopyData frames end to end, each `'d'`, int32 length (itself included,
 * the tag not), then one tuple (int16 field count; per field an int32 length, -1 for null, and its bytes). The file header and
 * trailer of COPY are not in it. Slabs are cut by bytes only, so the same rows give the same slabs whatever the network did:
 * a row that doesn't fit in what is left of a slab begins the next one, and a row larger than a slab has one of its own.
 */
export interface Slab {
  /** The memory: shared, so that threads read it without a copy. */
  readonly bytes: Uint8Array;
  /** Bytes in use, from 0. */
  readonly byteLength: number;
  readonly rows: number;
}

/** A fixed number of slabs. Taking one waits until one is free, and that is what stops the socket when encoding is slower. */
export interface SlabPool {
  readonly slabBytes: number;
  /** Memory of at least `byteLength` (a row larger than a slab gets its own), or null when all slabs are in use. */
  tryAcquire(byteLength: number): Uint8Array | null;
  /** The same, waiting in turn for a slab that comes free. */
  acquire(byteLength: number): Promise<Uint8Array>;
  /** Gives the slab's memory back: nobody may read it afterwards. `bytes` is the very object that was acquired. */
  release(slab: Pick<Slab, "bytes">): void;
}

/** A table whose rows can be read by ranges of their places. */
export interface HeapTable {
  /** Schema and table, quoted where SQL needs it. */
  readonly name: string;
  /** Blocks of the heap when it was looked at; it may have grown since. */
  readonly blocks: number;
  /** As it is stored, TOAST included, indexes not. */
  readonly bytes: number;
}

/** Blocks of a heap: `from`, and those up to but not including `to`; all that follow where that is null. */
export interface BlockRange {
  readonly from: number;
  readonly to: number | null;
}

export interface SnapshotInfo {
  /** pg_export_snapshot() where the server allows it (not on a standby before it, not through a pooler): else pg_current_snapshot() as text. */
  readonly id: string;
  /** True when `id` is an exported one, which other sessions may join. */
  readonly exported: boolean;
  /** WAL position when the snapshot was taken; null where the role or server doesn't tell. */
  readonly lsn: string | null;
}

export interface Source {
  /** `server_version` as the server prints it. */
  readonly serverVersion: string;

  /** BEGIN READ ONLY, REPEATABLE READ; every later call sees this snapshot. */
  beginSnapshot(): Promise<SnapshotInfo>;

  /** The same with the snapshot of another session, which must still be in it. @throws BronzeError CONFIG_INVALID, SOURCE_FAILED … */
  joinSnapshot(snapshot: SnapshotInfo): Promise<void>;

  /** Columns of a SELECT, with their types resolved down to base types. Nothing is executed. */
  describe(select: string): Promise<SourceColumn[]>;

  /** Rows of a small SELECT (the shard lookup, catalog questions), values as text or null. @throws BronzeError QUERY_INVALID … */
  lookup(sql: string): Promise<Record<string, string | null>[]>;

  /** The table that a SELECT gives columns of and nothing else. @throws BronzeError CONFIG_INVALID when it can't be read by ranges */
  heapTable(select: string): Promise<HeapTable>;

  /** In the snapshot: readies the session for reading ranges of that SELECT, and for nothing else. */
  beginRanges(select: string): Promise<void>;

  /**
   * Runs `select` with the given transport and yields its rows. Both transports yield the same bytes. After the last slab,
   * `rows` of the result is the server's own count (COPY's command tag; the cursor's is the number fetched).
   * Leaving the loop early cancels the query at the server, and so does `stop`, which rejects with CANCELLED.
   */
  read(select: string, pool: SlabPool, transport: "copy" | "cursor", stop?: AbortSignal): WireRead;

  /** Rolls back, and ends the connection. Never throws. */
  close(): Promise<void>;
}

export interface WireRead extends AsyncIterable<Slab> {
  /** The server's row count; settles when the iteration ended. */
  readonly rows: Promise<number>;
}
