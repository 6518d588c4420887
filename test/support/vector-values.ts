import type { LogicalType } from "../../src/model/logical-type.ts";
import type { Vector } from "../../src/model/vector.ts";

/**
 * A vector as JavaScript values, the inverse of `toVector`. Null is null; bool boolean; float number; utf8 and json string; int and
 * date number; 64-bit int, time, timestamp and (unscaled) decimal bigint; binary, wkb and uuid Uint8Array; list an array; map an
 * array of [key, value]; struct an object.
 */
export function fromVector(type: LogicalType, vector: Vector): unknown[] {
  const values: unknown[] = new Array(vector.slots);
  const valueAt = valuesOf(type, vector);
  let nulls = 0;
  for (let slot = 0; slot < vector.slots; slot++) {
    const present = vector.validity === null || vector.validity[slot] === 1;
    values[slot] = present ? valueAt(slot - nulls) : null;
    if (!present) nulls++;
  }
  if (nulls !== vector.nullCount) throw new Error(`${nulls} nulls, but nullCount says ${vector.nullCount}`);
  return values;
}

function valuesOf(type: LogicalType, vector: Vector): (index: number) => unknown {
  switch (vector.kind) {
    case "bool":
      return (index) => vector.values[index] === 1;
    case "word32":
      return word32(type, vector.values);
    case "word64": {
      const { words } = vector;
      const bits = (index: number) => (BigInt(words[index * 2 + 1]!) << 32n) | BigInt(words[index * 2]! >>> 0);
      return type.type === "float" ? (index) => new Float64Array(words.slice(index * 2, index * 2 + 2).buffer)[0] : bits;
    }
    case "fixed": {
      const { bytes, width } = vector;
      const at = (index: number) => bytes.slice(index * width, (index + 1) * width);
      return type.type === "decimal" ? (index) => signed(at(index)) : at;
    }
    case "bytes": {
      const { source, starts, lengths } = vector;
      const at = (index: number) => source.slice(starts[index], starts[index]! + lengths[index]!);
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      return type.type === "utf8" || type.type === "json"
        ? (index) => text.decode(at(index))
        : (index) => new Uint8Array(at(index));
    }
    case "list": {
      const { offsets } = vector;
      const items = type.type === "map" ? entries(type, vector.child) : fromVector(listElement(type), vector.child);
      return (index) => items.slice(offsets[index], offsets[index + 1]);
    }
    case "struct": {
      if (type.type !== "struct") throw new Error(`a struct vector for ${type.type}`);
      const columns = type.fields.map((field, k) => fromVector(field.type, vector.children[k]!));
      return (index) => Object.fromEntries(type.fields.map((field, k) => [field.name, columns[k]![index]]));
    }
  }
}

function word32(type: LogicalType, values: Int32Array): (index: number) => unknown {
  if (type.type === "float") return (index) => new Float32Array(values.slice(index, index + 1).buffer)[0];
  if (type.type === "decimal") return (index) => BigInt(values[index]!);
  return type.type === "int" && !type.signed ? (index) => values[index]! >>> 0 : (index) => values[index];
}

function listElement(type: LogicalType): LogicalType {
  if (type.type !== "list") throw new Error(`a list vector for ${type.type}`);
  return type.element.type;
}

function entries(type: LogicalType & { type: "map" }, child: Vector): unknown[] {
  if (child.kind !== "struct") throw new Error("a map without entries");
  const keys = fromVector(type.key.type, child.children[0]!);
  const values = fromVector(type.value.type, child.children[1]!);
  return keys.map((key, i) => [key, values[i]]);
}

function signed(bytes: Uint8Array): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
}
