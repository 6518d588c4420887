/**
 * Writer for Thrift's compact protocol, as far as Parquet's structures need it.
 * Source: thrift-compact-protocol.md; parquet.thrift says which fields there are.
 */

export const CompactType = { true: 1, false: 2, i8: 3, i16: 4, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

const utf8 = new TextEncoder();

export class ThriftWriter {
  #bytes = new Uint8Array(256);
  #length = 0;
  #lastFieldId = 0;

  /** What was written so far; the writer goes on to own its memory. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  bool(id: number, value: boolean): void {
    this.#field(id, value ? CompactType.true : CompactType.false);
  }

  i8(id: number, value: number): void {
    this.#field(id, CompactType.i8);
    this.#byte(value);
  }

  i16(id: number, value: number): void {
    this.#field(id, CompactType.i16);
    this.#zigzag(value);
  }

  i32(id: number, value: number): void {
    this.#field(id, CompactType.i32);
    this.#zigzag(value);
  }

  /** A 64-bit integer of at most 52 bits, which sizes, offsets and counts are. */
  i64(id: number, value: number): void {
    this.#field(id, CompactType.i64);
    this.#zigzag(value);
  }

  string(id: number, value: string): void {
    this.binary(id, utf8.encode(value));
  }

  binary(id: number, value: Uint8Array): void {
    this.#field(id, CompactType.binary);
    this.#blob(value);
  }

  struct(id: number, write: () => void): void {
    this.#field(id, CompactType.struct);
    this.#body(write);
  }

  /** A struct that was encoded before, by a writer's {@link root}. */
  encoded(id: number, bytes: Uint8Array): void {
    this.#field(id, CompactType.struct);
    this.#append(bytes);
  }

  /** A struct that isn't a field: the outermost one, or an element of a list. */
  root(write: () => void): void {
    this.#body(write);
  }

  structs<T>(id: number, items: readonly T[], write: (item: T) => void): void {
    this.#list(id, CompactType.struct, items.length);
    for (const item of items) this.#body(() => write(item));
  }

  i32s(id: number, items: readonly number[]): void {
    this.#list(id, CompactType.i32, items.length);
    for (const item of items) this.#zigzag(item);
  }

  i64s(id: number, items: readonly number[]): void {
    this.#list(id, CompactType.i64, items.length);
    for (const item of items) this.#zigzag(item);
  }

  strings(id: number, items: readonly string[]): void {
    this.binaries(
      id,
      items.map((item) => utf8.encode(item)),
    );
  }

  binaries(id: number, items: readonly Uint8Array[]): void {
    this.#list(id, CompactType.binary, items.length);
    for (const item of items) this.#blob(item);
  }

  bools(id: number, items: readonly boolean[]): void {
    this.#list(id, CompactType.true, items.length);
    for (const item of items) this.#byte(item ? CompactType.true : CompactType.false);
  }

  #body(write: () => void): void {
    const outer = this.#lastFieldId;
    this.#lastFieldId = 0;
    write();
    this.#byte(0);
    this.#lastFieldId = outer;
  }

  #field(id: number, type: number): void {
    const delta = id - this.#lastFieldId;
    this.#lastFieldId = id;
    if (delta > 0 && delta <= 15) {
      this.#byte((delta << 4) | type);
    } else {
      this.#byte(type);
      this.#zigzag(id);
    }
  }

  #list(id: number, type: number, count: number): void {
    this.#field(id, CompactType.list);
    if (count < 15) {
      this.#byte((count << 4) | type);
    } else {
      this.#byte(0xf0 | type);
      this.#varint(count);
    }
  }

  #blob(value: Uint8Array): void {
    this.#varint(value.length);
    this.#append(value);
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #zigzag(value: number): void {
    this.#varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
