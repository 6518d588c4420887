import { createHash, type Hash, hash } from "node:crypto";

/** Values above this are hashed where they lie instead of being copied first. */
const LARGE_BYTES = 32 << 10;
/** Below this, a loop is faster than the call that copies. */
const SHORT_BYTES = 64;
const CACHED_VIEWS = 8 << 10;

/**
 * The canonical bytes of one row's key, and their SHA-256. A prefix can be digested and the message go on: the record key begins
 * where the source key ends.
 */
export class KeyMessage {
  #bytes = new Uint8Array(4 * LARGE_BYTES);
  #length = 0;
  /** One view per message length, since making views costs as much as hashing forty bytes. */
  #views: (Uint8Array | undefined)[] = [];
  /** Holds what was taken from {@link #bytes} already, once the message met a large value. */
  #streamed: Hash | null = null;

  clear(): void {
    this.#length = 0;
    this.#streamed = null;
  }

  append(source: Uint8Array, start: number, byteCount: number): void {
    if (byteCount > LARGE_BYTES) {
      this.#stream(source.subarray(start, start + byteCount));
      return;
    }
    if (this.#length + byteCount > this.#bytes.length) this.#grow();
    const bytes = this.#bytes;
    const at = this.#length;
    if (byteCount > SHORT_BYTES) {
      bytes.set(source.subarray(start, start + byteCount), at);
    } else {
      for (let i = 0; i < byteCount; i++) bytes[at + i] = source[start + i]!;
    }
    this.#length = at + byteCount;
  }

  /** SHA-256 of everything since {@link clear}: 64 lower-case hex digits. The message may go on afterwards. */
  digest(): string {
    if (this.#streamed !== null) return this.#streamed.copy().update(this.#view(this.#length)).digest("hex");
    return hash("sha256", this.#view(this.#length), "hex");
  }

  #view(byteCount: number): Uint8Array {
    if (byteCount >= CACHED_VIEWS) return this.#bytes.subarray(0, byteCount);
    this.#views[byteCount] ??= this.#bytes.subarray(0, byteCount);
    return this.#views[byteCount];
  }

  #stream(value: Uint8Array): void {
    this.#streamed ??= createHash("sha256");
    this.#streamed.update(this.#bytes.subarray(0, this.#length)).update(value);
    this.#length = 0;
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#views = [];
  }
}
