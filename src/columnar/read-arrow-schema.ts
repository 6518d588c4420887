/**
 * Names of the columns in the value of a file's `ARROW:schema`, whoever wrote it; null when it doesn't decode.
 * Source: Arrow Columnar Format, "Encapsulated message format"; before Arrow 0.15 there was no marker ahead of the length.
 */
export function arrowSchemaNames(text: string): string[] | null {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length < 8 || bytes.toString("base64") !== text) return null;
  const start = bytes.readInt32LE(0) === -1 ? 8 : 4;
  const length = bytes.readInt32LE(start - 4);
  if (length <= 0 || start + length > bytes.length) return null;
  const message = bytes.subarray(start, start + length);
  try {
    return new SchemaMessage(message).fieldNames();
  } catch {
    return null;
  }
}

/** Source: Arrow's Message.fbs and Schema.fbs: places of the fields in their tables. */
const MESSAGE = { headerType: 1, header: 2 };
const SCHEMA = { fields: 1 };
const FIELD = { name: 0, typeCode: 2, type: 3, children: 5, metadata: 6 };
const KEY_VALUE = { key: 0, value: 1 };
const SCHEMA_HEADER = 1;
/** LargeListView, the last one that there is. */
const LAST_TYPE = 26;
const MAX_DEPTH = 64;

/**
 * Walks a schema message and sees that all of it lies within its bytes. The library trusts what it reads: a length of which one bit
 * flipped has it fill the memory. Source: FlatBuffers, "Internals".
 */
class SchemaMessage {
  readonly #bytes: Buffer;
  /** Tables that may still be met: damaged offsets can make a circle. */
  #left: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#left = bytes.length;
  }

  /** @throws RangeError, TypeError when something points outside. */
  fieldNames(): string[] {
    const message = this.#follow(0);
    const type = this.#place(message, MESSAGE.headerType);
    const header = this.#place(message, MESSAGE.header);
    if (type === null || header === null || this.#bytes.readUInt8(type) !== SCHEMA_HEADER) throw new RangeError("no schema");
    return this.#fields(this.#place(this.#follow(header), SCHEMA.fields), 0);
  }

  #fields(vector: number | null, depth: number): string[] {
    if (depth > MAX_DEPTH) throw new RangeError("fields nested too deep");
    return this.#tables(vector).map((field) => {
      const code = this.#place(field, FIELD.typeCode);
      const type = this.#place(field, FIELD.type);
      if (code === null || type === null || this.#bytes.readUInt8(code) > LAST_TYPE)
        throw new RangeError("a field without a type");
      this.#table(this.#follow(type));
      for (const pair of this.#tables(this.#place(field, FIELD.metadata))) {
        this.#string(this.#place(pair, KEY_VALUE.key));
        this.#string(this.#place(pair, KEY_VALUE.value));
      }
      this.#fields(this.#place(field, FIELD.children), depth + 1);
      return this.#string(this.#place(field, FIELD.name));
    });
  }

  #tables(place: number | null): number[] {
    if (place === null) return [];
    const vector = this.#follow(place);
    const length = this.#bytes.readUInt32LE(vector);
    if (vector + 4 + 4 * length > this.#bytes.length) throw new RangeError("a vector that ends outside");
    return Array.from({ length }, (_, i) => this.#follow(vector + 4 + 4 * i));
  }

  #string(place: number | null): string {
    if (place === null) return "";
    const at = this.#follow(place);
    const end = at + 4 + this.#bytes.readUInt32LE(at);
    if (end > this.#bytes.length) throw new RangeError("a string that ends outside");
    return new TextDecoder("utf-8", { fatal: true }).decode(this.#bytes.subarray(at + 4, end));
  }

  #follow(place: number): number {
    return place + this.#bytes.readUInt32LE(place);
  }

  /** Where the vtable begins. */
  #table(table: number): number {
    if (this.#left-- === 0) throw new RangeError("more tables than the bytes can hold");
    const vtable = table - this.#bytes.readInt32LE(table);
    const size = this.#bytes.readUInt16LE(vtable);
    if (size < 4 || vtable + size > this.#bytes.length) throw new RangeError("a vtable that ends outside");
    return vtable;
  }

  /** Where a field of the table stands; null where it is absent. */
  #place(table: number, field: number): number | null {
    const vtable = this.#table(table);
    const at = 4 + 2 * field;
    const offset = at < this.#bytes.readUInt16LE(vtable) ? this.#bytes.readUInt16LE(vtable + at) : 0;
    return offset === 0 ? null : table + offset;
  }
}
