import { type Data, type DataType, makeData, RecordBatch, type Schema, Struct } from "apache-arrow";
import type { LogicalField, LogicalType } from "../model/logical-type.ts";
import type { BytesVector, FixedVector, ListVector, StructVector, Vector, Word32Vector, Word64Vector } from "../model/vector.ts";
import { arrowType } from "./arrow-schema.ts";

/** Vectors of one batch as an Arrow record batch, in memory of its own. */
export function recordBatch(
  schema: Schema,
  fields: readonly LogicalField[],
  vectors: readonly Vector[],
  rows: number,
): RecordBatch {
  const children = fields.map((field, i) => arrowData(field.type, vectors[i]!));
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children }));
}

function arrowData(logical: LogicalType, vector: Vector): Data {
  const type = arrowType(logical);
  const common = { type, length: vector.slots, nullCount: vector.nullCount, nullBitmap: bitmap(vector) };
  switch (vector.kind) {
    case "bool":
      return makeData({ ...common, data: packBits(expand(vector, vector.values, 1)) } as never);
    case "word32":
      return logical.type === "decimal" ? decimalData(common, vector) : word32Data(common, logical, vector);
    case "word64":
      return logical.type === "decimal" ? decimalData(common, vector) : word64Data(common, logical, vector);
    case "fixed":
      if (logical.type === "decimal") return decimalData(common, vector);
      return makeData({ ...common, data: expand(vector, vector.bytes, vector.width) } as never);
    case "bytes":
      return bytesData(common, vector);
    case "list":
      return makeData({ ...common, valueOffsets: offsets(vector), child: childOf(logical, vector) } as never);
    case "struct":
      return structData(common, logical, vector);
  }
}

type Common = { type: DataType; length: number; nullCount: number; nullBitmap: Uint8Array | undefined };

function word32Data(common: Common, logical: LogicalType, vector: Word32Vector): Data {
  const words = expandWords(vector, vector.values, 1);
  if (logical.type === "int" && logical.bits === 16) return makeData({ ...common, data: Int16Array.from(words) } as never);
  if (logical.type === "int" && !logical.signed) return makeData({ ...common, data: new Uint32Array(words.buffer) } as never);
  if (logical.type === "float") return makeData({ ...common, data: new Float32Array(words.buffer) } as never);
  return makeData({ ...common, data: words } as never);
}

function word64Data(common: Common, logical: LogicalType, vector: Word64Vector): Data {
  const words = expandWords(vector, vector.words, 2);
  if (logical.type === "float") return makeData({ ...common, data: new Float64Array(words.buffer) } as never);
  return makeData({ ...common, data: new BigInt64Array(words.buffer) } as never);
}

/** Arrow's decimal128: sixteen bytes, little-endian two's complement. */
function decimalData(common: Common, vector: Word32Vector | Word64Vector | FixedVector): Data {
  const values = vector.slots - vector.nullCount;
  const dense = new Uint8Array(values * 16);
  for (let i = 0; i < values; i++) {
    const at = i * 16;
    if (vector.kind === "fixed") {
      const { width, bytes } = vector;
      const sign = bytes[i * width]! & 0x80 ? 0xff : 0;
      for (let k = 0; k < 16; k++) dense[at + k] = k < width ? bytes[(i + 1) * width - 1 - k]! : sign;
    } else {
      const words = new Int32Array(dense.buffer, at, 4);
      words[0] = vector.kind === "word32" ? vector.values[i]! : vector.words[i * 2]!;
      words[1] = vector.kind === "word32" ? vector.values[i]! >> 31 : vector.words[i * 2 + 1]!;
      words.fill(words[1] >> 31, 2);
    }
  }
  const expanded = expand(vector, dense, 16);
  return makeData({ ...common, data: new Uint32Array(expanded.buffer) } as never);
}

function bytesData(common: Common, vector: BytesVector): Data {
  const values = vector.slots - vector.nullCount;
  let total = 0;
  for (let i = 0; i < values; i++) total += vector.lengths[i]!;
  const data = new Uint8Array(total);
  const valueOffsets = new Int32Array(vector.slots + 1);
  let at = 0;
  let value = 0;
  for (let slot = 0; slot < vector.slots; slot++) {
    if (vector.validity === null || vector.validity[slot] === 1) {
      const start = vector.starts[value]!;
      const length = vector.lengths[value++]!;
      data.set(vector.source.subarray(start, start + length), at);
      at += length;
    }
    valueOffsets[slot + 1] = at;
  }
  return makeData({ ...common, valueOffsets, data } as never);
}

function offsets(vector: ListVector): Int32Array {
  const expanded = new Int32Array(vector.slots + 1);
  let list = 0;
  for (let slot = 0; slot < vector.slots; slot++) {
    if (vector.validity === null || vector.validity[slot] === 1) list++;
    expanded[slot + 1] = vector.offsets[list]!;
  }
  return expanded;
}

function childOf(logical: LogicalType, vector: ListVector): Data {
  if (logical.type === "list") return arrowData(logical.element.type, vector.child);
  if (logical.type !== "map") throw new TypeError(`a ${logical.type} has no list vector`);
  const fields = [
    { ...logical.key, name: "key", nullable: false },
    { ...logical.value, name: "value" },
  ];
  return arrowData({ type: "struct", fields }, vector.child);
}

/** A struct's children have a slot for each struct that is present; Arrow wants one for each slot, so nulls are put in between. */
function structData(common: Common, logical: LogicalType, vector: StructVector): Data {
  if (logical.type !== "struct") throw new TypeError(`a ${logical.type} has no struct vector`);
  const children = logical.fields.map((field, i) => arrowData(field.type, spread(vector.children[i]!, vector)));
  return makeData({ ...common, children } as never);
}

function spread(child: Vector, parent: StructVector): Vector {
  if (parent.validity === null) return child;
  const validity = new Uint8Array(parent.slots);
  let slot = 0;
  for (let i = 0; i < parent.slots; i++) {
    if (parent.validity[i] === 1) validity[i] = child.validity === null ? 1 : child.validity[slot]!;
    if (parent.validity[i] === 1) slot++;
  }
  return { ...child, slots: parent.slots, nullCount: child.nullCount + parent.nullCount, validity };
}

/** Arrow's validity bitmap: least significant bit first, 1 where a value is present. */
function bitmap(vector: Vector): Uint8Array | undefined {
  return vector.validity === null || vector.nullCount === 0 ? undefined : packBits(vector.validity.subarray(0, vector.slots));
}

function packBits(bits: Uint8Array): Uint8Array {
  const packed = new Uint8Array((bits.length + 7) >>> 3);
  for (let i = 0; i < bits.length; i++) packed[i >>> 3]! |= bits[i]! << (i & 7);
  return packed;
}

/** Dense values of `width` bytes, with zeros put in where a slot is null. */
function expand(vector: Vector, dense: Uint8Array, width: number): Uint8Array {
  const bytes = new Uint8Array(vector.slots * width);
  if (vector.validity === null) {
    bytes.set(dense.subarray(0, bytes.length));
    return bytes;
  }
  let value = 0;
  for (let slot = 0; slot < vector.slots; slot++) {
    if (vector.validity[slot] === 1) {
      bytes.set(dense.subarray(value * width, (value + 1) * width), slot * width);
      value++;
    }
  }
  return bytes;
}

function expandWords(vector: Vector, dense: Int32Array, words: 1 | 2): Int32Array {
  const bytes = new Uint8Array(dense.buffer, dense.byteOffset, (vector.slots - vector.nullCount) * words * 4);
  return new Int32Array(expand(vector, bytes, words * 4).buffer);
}
