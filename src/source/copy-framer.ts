import { copyBytes } from "../model/copy-bytes.ts";
import { BronzeError } from "../model/errors.ts";
import type { Slab, SlabPool } from "./contract.ts";

/** What the framer finds, told while the bytes come in. */
export interface FramerEvents {
  /** A slab is full, or holds the last rows. */
  slab(slab: Slab): void;
  /** A whole message that isn't COPY data: a notice, a changed parameter. */
  message(frame: Buffer): void;
  /** COPY is over (CopyDone or ErrorResponse): `rest` begins with that message and belongs to whoever reads the connection next. */
  end(rest: Buffer): void;
  /** There is memory again, after {@link CopyFramer.receive} had said to stop. */
  resume(): void;
  corrupt(error: BronzeError): void;
}

const COPY_DATA = 0x64; // 'd'
const COPY_DONE = 0x63; // 'c'
const COPY_OUT_RESPONSE = 0x48; // 'H'
const ERROR_RESPONSE = 0x45; // 'E'
/** A message's tag and length. */
const HEAD_BYTES = 5;
/** CopyData with a field count alone: the end of the file (-1), or a row without columns (0). */
const COUNT_ONLY_BYTES = HEAD_BYTES + 2;
const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0", "latin1");
/** Signature, flags, length of the header extension. */
const FILE_HEADER_BYTES = SIGNATURE.length + 8;
/** Bytes that weren't read in place are looked at in pieces, so that many notices between rows cost little each. */
const PIECE_BYTES = 65_536;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts what a server sends for `COPY … TO STDOUT (FORMAT binary)` into slabs of whole rows, as {@link Slab} defines them. The
 * server sends one CopyData message for each row, so finding rows is stepping from message to message.
 * Source: PostgreSQL docs, "COPY Operations" and "Message Formats" (protocol), "Binary Format" (COPY).
 */
export class CopyFramer {
  readonly #pool: SlabPool;
  readonly #events: FramerEvents;
  /** Where bytes go: `rows` into the slab; `messages` into `held` until one is whole; `starved` into `held` until there is a slab. */
  #state: "messages" | "rows" | "starved" | "discarding" | "ended" = "messages";
  #held: Buffer = EMPTY;
  /** How many bytes `held` must have before it can be read on. */
  #need = HEAD_BYTES;
  #fileHeaderSeen = false;
  #skipBytes = 0;

  #memory: Uint8Array | null = null;
  #lent: Uint8Array | null = null;
  /** Bytes in memory; the first `scanned` of them are `rows` whole rows. */
  #filled = 0;
  #scanned = 0;
  #rows = 0;

  constructor(pool: SlabPool, events: FramerEvents) {
    this.#pool = pool;
    this.#events = events;
  }

  /** Where the next bytes may be read to, so that they are never copied; null when they are to be brought from elsewhere. */
  space(): Uint8Array | null {
    this.#lent = this.#state === "rows" && this.#memory !== null ? this.#memory.subarray(this.#filled) : null;
    return this.#lent;
  }

  /** `byteLength` bytes came in at the start of `bytes`, which is what `space` gave or any other memory. False: read no more until `resume`. */
  receive(bytes: Uint8Array, byteLength: number): boolean {
    if (bytes === this.#lent && this.#state === "rows" && this.#memory !== null) {
      const memory = this.#memory;
      this.#filled += byteLength;
      const foreign = this.#scan(memory);
      if (foreign > 0) this.#consume(Buffer.from(memory.subarray(this.#filled, this.#filled + foreign)));
    } else this.#consume(bytes.subarray(0, byteLength));
    return this.#state !== "starved";
  }

  /** No slab is wanted any more: what COPY still sends is read over. */
  discard(): void {
    if (this.#state === "ended" || this.#state === "discarding") return;
    const wasStarved = this.#state === "starved";
    const begun = this.#state === "rows" && this.#memory ? this.#memory.subarray(this.#scanned, this.#filled) : this.#held;
    this.#state = "discarding";
    this.#held = EMPTY;
    this.#consume(begun);
    if (wasStarved) this.#events.resume();
  }

  /** Gives the memory back. To be called when nothing reads into it any more: after the end, or when the connection is closed. */
  dispose(): void {
    this.#state = "ended";
    if (this.#memory !== null) this.#pool.release({ bytes: this.#memory });
    this.#memory = null;
  }

  #consume(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      if (this.#state === "rows") at += this.#fill(piece);
      else if (this.#state === "messages") at += this.#collect(piece);
      else if (this.#state === "discarding") at += this.#skip(piece);
      else {
        this.#held = Buffer.concat([this.#held, bytes.subarray(at)]);
        break;
      }
    }
    if (this.#state === "ended" && this.#held.length > 0) {
      const rest = this.#held;
      this.#held = EMPTY;
      this.#events.end(rest);
    }
  }

  /** Copies into the slab; returns how many of the bytes were its own. */
  #fill(piece: Uint8Array): number {
    const memory = this.#memory!;
    const own = piece.subarray(0, memory.length - this.#filled);
    copyBytes(memory, this.#filled, own);
    this.#filled += own.length;
    return own.length - this.#scan(memory);
  }

  /**
   * Steps over whole rows, and cuts the slab where it is full. At a message that is no row it stops: then the bytes from there
   * on, whose number it returns, lie behind `filled` and are not the slab's.
   */
  #scan(bytes: Uint8Array): number {
    const end = this.#filled;
    let at = this.#scanned;
    let rows = this.#rows;
    let frameBytes = 0;
    while (end - at >= HEAD_BYTES && bytes[at] === COPY_DATA) {
      frameBytes = 1 + ((bytes[at + 1]! << 24) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!);
      if (frameBytes > end - at) break;
      if (frameBytes <= COUNT_ONLY_BYTES && (frameBytes < COUNT_ONLY_BYTES || bytes[at + HEAD_BYTES] !== 0)) break;
      at += frameBytes;
      rows++;
      frameBytes = 0;
    }
    this.#scanned = at;
    this.#rows = rows;
    const isTrailer = frameBytes === COUNT_ONLY_BYTES && frameBytes <= end - at;
    if (isTrailer || (at < end && bytes[at] !== COPY_DATA)) {
      this.#state = "messages";
      this.#filled = at;
      if (isTrailer) bytes.copyWithin(at, at + COUNT_ONLY_BYTES, end);
      return end - at - (isTrailer ? COUNT_ONLY_BYTES : 0);
    }
    if (frameBytes !== 0 && frameBytes < COUNT_ONLY_BYTES) this.#fail(`a CopyData message of ${frameBytes - 1} bytes`);
    else if (frameBytes > bytes.length - at || end === bytes.length) this.#cut(bytes, frameBytes);
    return 0;
  }

  /** Ends the slab before the row that doesn't fit, of `frameBytes` (0 when not known yet), and takes what is there of that row along. */
  #cut(bytes: Uint8Array, frameBytes: number): void {
    const begun = bytes.subarray(this.#scanned, this.#filled);
    if (this.#rows === 0) {
      this.#held = Buffer.from(begun);
      this.#pool.release({ bytes });
      this.#memory = null;
      this.#begin(frameBytes);
      return;
    }
    const slab = { bytes, byteLength: this.#scanned, rows: this.#rows };
    const next = this.#pool.tryAcquire(frameBytes);
    if (next === null) {
      this.#held = Buffer.from(begun);
      this.#memory = null;
      this.#begin(frameBytes);
    } else {
      next.set(begun);
      this.#memory = next;
      this.#filled = begun.length;
      this.#scanned = 0;
      this.#rows = 0;
    }
    this.#events.slab(slab);
  }

  /** Goes on with what is held in a slab with room for a row of `frameBytes`; waits for one when none is free. */
  #begin(frameBytes: number): void {
    const memory = this.#pool.tryAcquire(frameBytes);
    if (memory !== null) {
      this.#use(memory);
      return;
    }
    this.#state = "starved";
    void this.#pool.acquire(frameBytes).then((granted) => {
      if (this.#state === "starved") this.#use(granted);
      else this.#pool.release({ bytes: granted });
      if (this.#state === "rows" || this.#state === "messages") this.#events.resume();
    });
  }

  #use(memory: Uint8Array): void {
    this.#memory = memory;
    this.#filled = 0;
    this.#scanned = 0;
    this.#rows = 0;
    this.#state = "rows";
    const held = this.#held;
    this.#held = EMPTY;
    this.#consume(held);
  }

  /** Collects a message that isn't a row; returns how many bytes it took. */
  #collect(piece: Uint8Array): number {
    const own = piece.subarray(0, this.#need - this.#held.length);
    this.#held = Buffer.concat([this.#held, own]);
    if (this.#held.length === this.#need) this.#readHeld();
    return own.length;
  }

  #readHeld(): void {
    const held = this.#held;
    const tag = held[0];
    const frameBytes = 1 + held.readInt32BE(1);
    if (tag === COPY_DONE || tag === ERROR_RESPONSE) this.#end(tag === COPY_DONE);
    else if (tag === COPY_DATA && this.#fileHeaderSeen) this.#backToRows(held);
    else if (tag === COPY_DATA) this.#readFileHeader(held, frameBytes);
    else if (frameBytes < HEAD_BYTES) this.#fail(`a message of ${frameBytes - 1} bytes`);
    else if (held.length < frameBytes) this.#need = frameBytes;
    else {
      this.#held = EMPTY;
      this.#need = HEAD_BYTES;
      if (tag !== COPY_OUT_RESPONSE) this.#events.message(held);
    }
  }

  /** The file header shares its message with the first row, or with the end of an empty file. */
  #readFileHeader(held: Buffer, frameBytes: number): void {
    const extensionEnd = HEAD_BYTES + FILE_HEADER_BYTES;
    const headerBytes = held.length < extensionEnd ? extensionEnd : extensionEnd + held.readInt32BE(extensionEnd - 4);
    const signed = held.length < extensionEnd || held.subarray(HEAD_BYTES, HEAD_BYTES + SIGNATURE.length).equals(SIGNATURE);
    if (!signed || headerBytes < extensionEnd || frameBytes < headerBytes) this.#fail("no file header at its beginning");
    else if (held.length < headerBytes) this.#need = headerBytes;
    else {
      this.#fileHeaderSeen = true;
      this.#held = EMPTY;
      this.#need = HEAD_BYTES;
      const head = Buffer.from([COPY_DATA, 0, 0, 0, 0]);
      head.writeInt32BE(frameBytes - headerBytes + 4, 1);
      if (frameBytes > headerBytes) this.#backToRows(head);
    }
  }

  /** `head` is the head of a row's message, the rest of which comes next. */
  #backToRows(head: Buffer): void {
    this.#need = HEAD_BYTES;
    this.#held = head;
    if (this.#memory === null) {
      this.#begin(1 + head.readInt32BE(1));
      return;
    }
    this.#held = EMPTY;
    this.#state = "rows";
    this.#consume(head);
  }

  #skip(piece: Uint8Array): number {
    if (this.#skipBytes > 0) {
      const skipped = Math.min(this.#skipBytes, piece.length);
      this.#skipBytes -= skipped;
      return skipped;
    }
    const own = piece.subarray(0, HEAD_BYTES - this.#held.length);
    this.#held = Buffer.concat([this.#held, own]);
    if (this.#held.length === HEAD_BYTES) {
      if (this.#held[0] === COPY_DONE || this.#held[0] === ERROR_RESPONSE) this.#end(false);
      else {
        this.#skipBytes = this.#held.readInt32BE(1) - 4;
        this.#held = EMPTY;
      }
    }
    return own.length;
  }

  /** What is held is the head of the last message; `consume` adds what follows it. */
  #end(complete: boolean): void {
    this.#state = "ended";
    const memory = this.#memory;
    if (!complete || memory === null || this.#rows === 0) return;
    this.#memory = null;
    this.#events.slab({ bytes: memory, byteLength: this.#filled, rows: this.#rows });
  }

  #fail(what: string): void {
    this.#state = "ended";
    this.#held = EMPTY;
    this.#events.corrupt(
      new BronzeError("WIRE_CORRUPT", `What came for COPY BINARY has ${what}`, {
        hint: "Something between this program and the server changes the bytes, or the server is no PostgreSQL. Try transport: cursor.",
      }),
    );
  }
}
