import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { bitWidthOf, encodeBits, encodeHybrid, encodeRun, hybridBound } from "../../src/parquet/hybrid.ts";

/** A decoder written from the specification alone. */
function decode(bytes: Uint8Array, bitWidth: number, count: number): number[] {
  const values: number[] = [];
  let at = 0;
  while (values.length < count) {
    let header = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      header += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (header % 2 === 0) {
      let value = 0;
      for (let i = 0; i < Math.ceil(bitWidth / 8); i++) value |= bytes[at++]! << (8 * i);
      for (let i = 0; i < header / 2; i++) values.push(value);
    } else {
      const groups = (header - 1) / 2;
      for (let i = 0; i < groups * 8; i++) {
        let value = 0;
        for (let bit = 0; bit < bitWidth; bit++) {
          const position = i * bitWidth + bit;
          value |= ((bytes[at + (position >>> 3)]! >>> (position & 7)) & 1) << bit;
        }
        values.push(value);
      }
      at += groups * bitWidth;
    }
  }
  assert.equal(at, bytes.length, "bytes are left over");
  return values.slice(0, count);
}

function encode(values: readonly number[], bitWidth: number): Uint8Array {
  const out = new Uint8Array(hybridBound(values.length, bitWidth));
  return out.subarray(0, encodeHybrid(Uint16Array.from(values), values.length, bitWidth, out, 0));
}

/** Sequences with runs of every length, since runs are what the encoding is about. */
const runs = (max: number) =>
  fc
    .array(
      fc.tuple(
        fc.nat({ max }),
        fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }) }, fc.integer({ min: 1, max: 700 })),
      ),
      { maxLength: 40 },
    )
    .map((pairs) => pairs.flatMap(([value, length]) => new Array<number>(length).fill(value)));

describe("the RLE / bit-packing hybrid", () => {
  for (const bitWidth of [0, 1, 2, 3, 5, 7, 8, 9, 12, 15, 16]) {
    it(`gives back any values of ${bitWidth} bits`, () => {
      fc.assert(
        fc.property(runs(2 ** bitWidth - 1), (values) => {
          assert.deepEqual(decode(encode(values, bitWidth), bitWidth, values.length), values);
        }),
      );
    });
  }

  it("encodes levels of 0 and 1 to the same bytes by the way of their own", () => {
    fc.assert(
      fc.property(runs(1), (levels) => {
        const out = new Uint8Array(hybridBound(levels.length, 1));
        const end = encodeBits(Uint8Array.from(levels), levels.length, out, 0);
        assert.deepEqual(out.subarray(0, end), encode(levels, 1));
      }),
    );
  });

  it("encodes one run to the same bytes without being given its values", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300_000 }), fc.nat({ max: 3 }), (count, value) => {
        const out = new Uint8Array(hybridBound(count, 2));
        assert.deepEqual(out.subarray(0, encodeRun(count, value, 2, out, 0)), encode(new Array<number>(count).fill(value), 2));
      }),
    );
  });

  it("takes two bytes for a page without nulls", () => {
    assert.equal(encode(new Array<number>(60).fill(1), 1).length, 2);
  });

  it("packs what doesn't repeat in little more than its bits", () => {
    const values = Array.from({ length: 8000 }, (_, i) => (i * 7919) % 1024);
    assert.ok(encode(values, 10).length <= (8000 * 10) / 8 + 20);
  });

  it("knows how many bits a value takes", () => {
    assert.deepEqual([0, 1, 2, 3, 4, 255, 256, 65_535].map(bitWidthOf), [0, 1, 2, 2, 3, 8, 9, 16]);
  });
});
