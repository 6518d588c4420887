import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BronzeError } from "../../src/model/errors.ts";
import { Unrepresentable } from "../../src/pgtypes/contract.ts";
import { createDecoder } from "../../src/pgtypes/create.ts";
import { type Payload, toFields } from "../support/wire.ts";
import { decodeScalar, encodeAgain, hexOf, int16s, int32, int64, mapScalar } from "./scalar-wire.ts";

const INFINITE_DAY = int32(0x7fffffff);
const isCorrupt = (error: unknown) => error instanceof BronzeError && error.code === "WIRE_CORRUPT";

describe("a scalar column", () => {
  it("says where its nulls are, and holds values for the other slots only", () => {
    const { spec } = mapScalar("int4");
    const vector = createDecoder(spec).decode(toFields([int32(7), null, null, int32(-1)]));
    assert.equal(vector.kind, "word32");
    assert.deepEqual([vector.slots, vector.nullCount], [4, 2]);
    assert.deepEqual([...vector.validity!.subarray(0, 4)], [1, 0, 0, 1]);
    assert.deepEqual([...(vector as { values: Int32Array }).values.subarray(0, 2)], [7, -1]);
  });

  it("has no validity where nothing is null, and no values where everything is", () => {
    const decoder = createDecoder(mapScalar("int8").spec);
    assert.equal(decoder.decode(toFields([int64(1n)])).validity, null);
    const nulls = decoder.decode(toFields([null, null]));
    assert.deepEqual([nulls.nullCount, ...nulls.validity!.subarray(0, 2)], [2, 0, 0]);
    assert.deepEqual(decoder.decode(toFields([])).slots, 0);
  });

  it("reads a window of the fields", () => {
    const fields = toFields([int32(1), int32(2), null, int32(4), int32(5)]);
    const vector = createDecoder(mapScalar("int4").spec).decode({ ...fields, begin: 1, count: 3, nullCount: 1 });
    assert.deepEqual([...(vector as { values: Int32Array }).values.subarray(0, 2)], [2, 4]);
    const text = toFields([Buffer.from("a"), Buffer.from("bc"), Buffer.from("d")]);
    const strings = createDecoder(mapScalar("text").spec).decode({ ...text, begin: 1, count: 2 });
    assert.ok(strings.kind === "bytes");
    assert.deepEqual([...strings.starts.subarray(0, 2)], [...text.starts.subarray(1, 3)]);
    assert.deepEqual([...strings.lengths.subarray(0, 2)], [2, 1]);
  });

  it("points into the wire bytes for text instead of copying", () => {
    const fields = toFields([Buffer.from("Grüße"), null, Buffer.from("")]);
    for (const type of ["text", "bytea", "json", "name", "bpchar"]) {
      const vector = createDecoder(mapScalar(type).spec).decode(fields);
      assert.ok(vector.kind === "bytes" && vector.source === fields.bytes, type);
    }
  });

  it("gives the same whatever batches came before", () => {
    const payloads = fc.array(fc.option(fc.integer({ min: -0x80000000, max: 0x7fffffff }).map(int32)), { maxLength: 200 });
    const decoder = createDecoder(mapScalar("date", { unrepresentable: "null" }).spec);
    fc.assert(
      fc.property(payloads, (batch: Payload[]) => {
        const { slots, nullCount, validity } = decoder.decode(toFields(batch));
        const fresh = createDecoder(mapScalar("date", { unrepresentable: "null" }).spec).decode(toFields(batch));
        assert.deepEqual([slots, nullCount], [fresh.slots, fresh.nullCount]);
        assert.deepEqual(validity?.slice(0, slots), fresh.validity?.slice(0, slots));
      }),
    );
  });
});

describe("a value without a counterpart", () => {
  const batches: (readonly [string, Payload[], number])[] = [
    ["nothing is null", [int32(0), int32(1), INFINITE_DAY, int32(2)], 2],
    ["nulls stand before it", [null, int32(1), null, INFINITE_DAY, null], 3],
    ["it comes first", [INFINITE_DAY, null], 0],
  ];

  for (const [when, payloads, slot] of batches) {
    it(`is reported with its slot when ${when}`, () => {
      const decode = () => decodeScalar(mapScalar("date"), payloads);
      assert.throws(decode, (error) => error instanceof Unrepresentable && error.slot === slot && /infinity/.test(error.message));
    });

    it(`becomes null under that policy when ${when}`, () => {
      const expected = payloads.map((payload) =>
        payload === null || payload === INFINITE_DAY ? null : 10_957 + Buffer.from(payload).readInt32BE(),
      );
      assert.deepEqual(decodeScalar(mapScalar("date", { unrepresentable: "null" }), payloads), expected);
    });
  }

  it("is a null to the encoder too", () => {
    const again = encodeAgain(mapScalar("date", { unrepresentable: "null" }), [int32(5), INFINITE_DAY, null]);
    assert.deepEqual(again.map(hexOf), ["00000005", null, null]);
  });

  it("makes the whole column the server's text under that policy, where the type has such values", () => {
    for (const type of ["date", "timestamp", "timestamptz"]) {
      const { type: landed, project } = mapScalar(type, { unrepresentable: "text" });
      assert.deepEqual(landed, { type: "utf8" });
      assert.notEqual(project, null);
    }
    assert.deepEqual(mapScalar("int4", { unrepresentable: "text" }).type, { type: "int", bits: 32, signed: true });
  });
});

describe("corrupt bytes", () => {
  const corrupt: Readonly<Record<string, readonly Uint8Array[]>> = {
    bool: [int16s(1), Uint8Array.of(), Uint8Array.of(2)],
    int2: [Uint8Array.of(1), int32(1)],
    int4: [int16s(1), int64(1n)],
    int8: [int32(1), Uint8Array.of()],
    oid: [int16s(1)],
    float4: [int64(1n)],
    float8: [int32(1)],
    numeric: [int32(0), int16s(1, 0, 0, 0), int16s(0, 0, 0, 0, 1), int16s(0, 0, 0x8000, 0)],
    jsonb: [Uint8Array.of(), Uint8Array.of(2, 0x7b, 0x7d)],
    uuid: [int64(1n)],
    date: [int64(1n)],
    time: [int32(1), int64(-1n), int64(86_400_000_001n)],
    timestamp: [int32(1)],
    inet: [
      Uint8Array.of(2, 33, 0, 4, 1, 2, 3, 4),
      Uint8Array.of(2, 32, 0, 4, 1, 2, 3),
      Uint8Array.of(9, 0, 0, 0),
      Uint8Array.of(),
    ],
    macaddr: [int32(1)],
    macaddr8: [int32(1)],
  };
  for (const [type, payloads] of Object.entries(corrupt)) {
    it(`of type ${type} are refused as such`, () => {
      for (const payload of payloads)
        assert.throws(() => decodeScalar(mapScalar(type), [payload]), isCorrupt, Buffer.from(payload).toString("hex"));
    });
  }

  it("of decimals and of native types are refused as such", () => {
    const decimals = [9, 15, 18, 38].map((precision) => mapScalar("numeric", { as: `decimal(${precision},2)` }));
    for (const mapping of [...decimals, mapScalar("numeric", { as: "int64" }), mapScalar("numeric", { as: "float64" })])
      for (const payload of [int32(0), int16s(1, 0, 0, 0), int16s(0, 0, 0, 0, 1)])
        assert.throws(() => decodeScalar(mapping, [payload]), isCorrupt);
    for (const microseconds of [-1n, 86_400_000_001n])
      assert.throws(() => decodeScalar(mapScalar("time", { as: "time" }), [int64(microseconds)]), isCorrupt);
    for (const type of ["uuid", "time", "oid"])
      assert.throws(() => decodeScalar(mapScalar(type, { profile: "native" }), [int16s(1)]), isCorrupt);
  });
});
