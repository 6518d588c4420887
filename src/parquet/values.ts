import type { BoolVector, BytesVector, FixedVector, Vector, Word32Vector, Word64Vector } from "../model/vector.ts";
import { type Bounds, boolBounds, bytesBounds, fixedBounds, word32Bounds, word64Bounds } from "./bounds.ts";
import { BytesDictionary } from "./bytes-dictionary.ts";
import type { PageBody } from "./page-body.ts";
import type { ParquetColumn, ValueOrder } from "./schema.ts";
import { WordDictionary } from "./word-dictionary.ts";

/** A vector without children: the values of one leaf. */
export type LeafVector = BoolVector | Word32Vector | Word64Vector | FixedVector | BytesVector;

/** What a column chunk needs to know of its physical type. One of these per kind of vector, below. */
export interface ValueCodec {
  /** PLAIN encoding of values `from … count`, appended to the page. */
  plain(body: PageBody, vector: LeafVector, from: number, count: number): void;
  bounds(order: ValueOrder, vector: LeafVector, from: number, count: number): Bounds | null;
  /** Null for types that are never dictionary-encoded. */
  dictionary(): ValueDictionary | null;
}

export interface ValueDictionary {
  readonly size: number;
  readonly byteLength: number;
  clear(): void;
  /** Indices of the first `count` values into `out[at …]`; returns how many were taken before the dictionary was full. */
  index(vector: LeafVector, count: number, out: Uint16Array, at: number): number;
  /** The dictionary page's body. */
  plain(): Uint8Array;
  /** Entries `indices[0 .. count)` as a vector, scratch: to take a page back to PLAIN, or for the bounds of what occurs in it. */
  gather(indices: Uint16Array, count: number): LeafVector;
}

export function valueCodec(column: ParquetColumn): ValueCodec {
  switch (column.physical) {
    case "BOOLEAN":
      return bool();
    case "INT32":
    case "FLOAT":
      return words(1);
    case "INT64":
    case "DOUBLE":
      return words(2);
    case "FIXED_LEN_BYTE_ARRAY":
      return fixed(column.typeLength);
    case "BYTE_ARRAY":
      return byteStrings();
  }
}

function words(width: 1 | 2): ValueCodec {
  const arrayOf = (vector: LeafVector): Int32Array =>
    width === 1 ? (vector as Word32Vector).values : (vector as Word64Vector).words;
  const boundsOf = width === 1 ? word32Bounds : word64Bounds;
  return {
    plain(body, vector, from, count) {
      const values = arrayOf(vector);
      body.appendRaw(new Uint8Array(values.buffer, values.byteOffset + from * width * 4, (count - from) * width * 4));
    },
    bounds: (order, vector, from, count) => boundsOf(order, arrayOf(vector).subarray(from * width), count - from),
    dictionary() {
      const dictionary = new WordDictionary(width);
      let gathered = new Int32Array(0);
      return {
        get size() {
          return dictionary.size;
        },
        get byteLength() {
          return dictionary.byteLength;
        },
        clear: () => dictionary.clear(),
        index: (vector, count, out, at) => dictionary.index(arrayOf(vector), count, out, at),
        plain: () => dictionary.plain(),
        gather(indices, count) {
          if (gathered.length < count * width) gathered = new Int32Array(count * width);
          if (width === 1) gather32(dictionary.words, indices, count, gathered);
          else gather64(dictionary.words, indices, count, gathered);
          const slots = { slots: count, nullCount: 0, validity: null };
          return width === 1 ? { ...slots, kind: "word32", values: gathered } : { ...slots, kind: "word64", words: gathered };
        },
      };
    },
  };
}

function gather32(entries: Int32Array, indices: Uint16Array, count: number, out: Int32Array): void {
  for (let i = 0; i < count; i++) out[i] = entries[indices[i]!]!;
}

function gather64(entries: Int32Array, indices: Uint16Array, count: number, out: Int32Array): void {
  for (let i = 0; i < count; i++) {
    const entry = indices[i]! * 2;
    out[i * 2] = entries[entry]!;
    out[i * 2 + 1] = entries[entry + 1]!;
  }
}

function byteStrings(): ValueCodec {
  // The view over a source is made once per memory, not once per batch.
  let viewed: Uint8Array | null = null;
  let view: DataView = new DataView(new ArrayBuffer(0));
  const viewOf = (source: Uint8Array): DataView => {
    if (source !== viewed) {
      viewed = source;
      view = new DataView(source.buffer, source.byteOffset, source.byteLength);
    }
    return view;
  };
  return {
    plain: (body, vector, from, count) =>
      body.appendByteStrings(vector as BytesVector, viewOf((vector as BytesVector).source), from, count),
    bounds(order, vector, from, count) {
      if (order === "none") return null;
      const { source, starts, lengths } = vector as BytesVector;
      return bytesBounds(source, viewOf(source), starts.subarray(from), lengths.subarray(from), count - from);
    },
    dictionary() {
      const dictionary = new BytesDictionary();
      let starts = new Int32Array(0);
      let lengths = new Int32Array(0);
      return {
        get size() {
          return dictionary.size;
        },
        get byteLength() {
          return dictionary.byteLength;
        },
        clear: () => dictionary.clear(),
        index(vector, count, out, at) {
          const { source, starts, lengths } = vector as BytesVector;
          return dictionary.index(viewOf(source), starts, lengths, count, out, at);
        },
        plain: () => dictionary.plain(),
        gather(indices, count) {
          if (starts.length < count) {
            starts = new Int32Array(count);
            lengths = new Int32Array(count);
          }
          gather32(dictionary.starts, indices, count, starts);
          gather32(dictionary.lengths, indices, count, lengths);
          return { kind: "bytes", slots: count, nullCount: 0, validity: null, source: dictionary.data, starts, lengths };
        },
      };
    },
  };
}

function fixed(width: number): ValueCodec {
  return {
    plain: (body, vector, from, count) => body.appendRaw((vector as FixedVector).bytes.subarray(from * width, count * width)),
    bounds: (order, vector, from, count) =>
      fixedBounds(order, (vector as FixedVector).bytes.subarray(from * width), width, count - from),
    dictionary: () => null,
  };
}

/** PLAIN booleans are bits, the lowest first, across batches: the last byte is kept open until the page ends. */
function bool(): ValueCodec {
  let open = 0;
  let bits = 0;
  return {
    plain(body, vector, from, count) {
      const { values } = vector as BoolVector;
      // A cleared page begins with no open byte.
      if (body.byteLength === 0) {
        open = 0;
        bits = 0;
      }
      body.appendWith(((count - from) >>> 3) + 2, (bytes, at) => {
        let position = bits > 0 ? at - 1 : at;
        for (let i = from; i < count; i++) {
          open |= values[i]! << bits;
          if (++bits === 8) {
            bytes[position++] = open;
            open = 0;
            bits = 0;
          }
        }
        if (bits > 0) bytes[position++] = open;
        return position;
      });
    },
    bounds: (_order, vector, from, count) => boolBounds((vector as BoolVector).values.subarray(from), count - from),
    dictionary: () => null,
  };
}

export function isLeaf(vector: Vector): vector is LeafVector {
  return vector.kind !== "list" && vector.kind !== "struct";
}
