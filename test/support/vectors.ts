import { decimalWidth, type LogicalField, type LogicalType } from "../../src/model/logical-type.ts";
import type { Vector } from "../../src/model/vector.ts";

/**
 * JavaScript values as a vector. Null is null everywhere; bool boolean; int, date, time, timestamp and (unscaled) decimal bigint or
 * number; float number; utf8 and json string; binary, wkb and uuid Uint8Array; list an array; map an array of [key, value]; struct an object.
 */
export function toVector(type: LogicalType, values: readonly unknown[]): Vector {
  const present = values.filter((value) => value !== null);
  const nullCount = values.length - present.length;
  const validity = nullCount === 0 ? null : Uint8Array.from(values, (value) => (value === null ? 0 : 1));
  const slots = { slots: values.length, nullCount, validity };
  switch (type.type) {
    case "bool":
      return { kind: "bool", ...slots, values: Uint8Array.from(present as boolean[], (value) => (value ? 1 : 0)) };
    case "float":
      return type.bits === 32
        ? { kind: "word32", ...slots, values: new Int32Array(Float32Array.from(present as number[]).buffer) }
        : { kind: "word64", ...slots, words: new Int32Array(Float64Array.from(present as number[]).buffer) };
    case "int":
      return type.bits === 64
        ? word64(slots, present)
        : { kind: "word32", ...slots, values: Int32Array.from(present as number[], Number) };
    case "date":
      return { kind: "word32", ...slots, values: Int32Array.from(present as number[], Number) };
    case "time":
    case "timestamp":
      return word64(slots, present);
    case "decimal": {
      if (type.precision <= 9) return { kind: "word32", ...slots, values: Int32Array.from(present as number[], Number) };
      if (type.precision <= 18) return word64(slots, present);
      const width = decimalWidth(type.precision);
      return { kind: "fixed", width, ...slots, bytes: concat(present.map((value) => bigEndian(BigInt(value as bigint), width))) };
    }
    case "uuid":
      return { kind: "fixed", width: 16, ...slots, bytes: concat(present as Uint8Array[]) };
    case "utf8":
    case "json":
      return byteStrings(
        slots,
        present.map((value) => new TextEncoder().encode(value as string)),
      );
    case "binary":
    case "wkb":
      return byteStrings(slots, present as Uint8Array[]);
    case "list":
      return list(slots, present as unknown[][], (items) => toVector(type.element.type, items));
    case "map":
      return list(slots, present as unknown[][], (items) => entries(type.key, type.value, items as [unknown, unknown][]));
    case "struct":
      return {
        kind: "struct",
        ...slots,
        children: type.fields.map((field) =>
          toVector(
            field.type,
            present.map((value) => (value as Record<string, unknown>)[field.name] ?? null),
          ),
        ),
      };
  }
}

type Slots = { slots: number; nullCount: number; validity: Uint8Array | null };

function word64(slots: Slots, present: readonly unknown[]): Vector {
  const words = new BigInt64Array(present.map((value) => BigInt(value as bigint)));
  return { kind: "word64", ...slots, words: new Int32Array(words.buffer) };
}

function byteStrings(slots: Slots, present: readonly Uint8Array[]): Vector {
  const starts = new Int32Array(present.length);
  let at = 0;
  present.forEach((value, i) => {
    starts[i] = at;
    at += value.length;
  });
  return { kind: "bytes", ...slots, source: concat(present), starts, lengths: Int32Array.from(present, (value) => value.length) };
}

function list(slots: Slots, present: readonly unknown[][], child: (items: unknown[]) => Vector): Vector {
  const offsets = new Int32Array(present.length + 1);
  present.forEach((value, i) => {
    offsets[i + 1] = offsets[i]! + value.length;
  });
  return { kind: "list", ...slots, offsets, child: child(present.flat(1)) };
}

function entries(key: LogicalField, value: LogicalField, items: readonly [unknown, unknown][]): Vector {
  const keys = toVector(
    key.type,
    items.map((item) => item[0]),
  );
  return {
    kind: "struct",
    slots: items.length,
    nullCount: 0,
    validity: null,
    children: [
      keys,
      toVector(
        value.type,
        items.map((item) => item[1]),
      ),
    ],
  };
}

function bigEndian(value: bigint, width: number): Uint8Array {
  const bytes = new Uint8Array(width);
  let rest = BigInt.asUintN(width * 8, value);
  for (let i = width - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
