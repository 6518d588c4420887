import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { BytesVector, Word32Vector, Word64Vector } from "../../src/model/vector.ts";
import { BytesDictionary, MAX_DICTIONARY_BYTES, MAX_ENTRIES } from "../../src/parquet/bytes-dictionary.ts";
import { WordDictionary } from "../../src/parquet/word-dictionary.ts";
import { toVector } from "../support/vectors.ts";

function indexText(dictionary: BytesDictionary, values: readonly string[]): { taken: number; indices: Uint16Array } {
  const vector = toVector({ type: "utf8" }, values) as BytesVector;
  const view = new DataView(vector.source.buffer, vector.source.byteOffset, vector.source.byteLength);
  const indices = new Uint16Array(values.length);
  return { taken: dictionary.index(view, vector.starts, vector.lengths, values.length, indices, 0), indices };
}

/** Entries read back from the dictionary page. */
function entries(plain: Uint8Array): string[] {
  const texts: string[] = [];
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  for (let at = 0; at < plain.length; ) {
    const length = view.getInt32(at, true);
    texts.push(Buffer.from(plain.subarray(at + 4, at + 4 + length)).toString());
    at += 4 + length;
  }
  return texts;
}

describe("BytesDictionary", () => {
  it("numbers values by first occurrence, whatever their length", () => {
    const dictionary = new BytesDictionary();
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 9 }), { maxLength: 300 }), (values) => {
        dictionary.clear();
        const { taken, indices } = indexText(dictionary, values);
        assert.equal(taken, values.length);
        assert.deepEqual(entries(dictionary.plain()), [...new Set(values)]);
        const distinct = [...new Set(values)];
        assert.deepEqual(
          [...indices].map((index) => distinct[index]),
          values,
        );
      }),
    );
  });

  it("stops at the first value that has no index left", () => {
    const values = Array.from({ length: MAX_ENTRIES + 10 }, (_, i) => String(i));
    const { taken } = indexText(new BytesDictionary(), values);
    assert.equal(taken, MAX_ENTRIES);
  });

  it("stops before it grows past its bytes", () => {
    const dictionary = new BytesDictionary();
    const values = Array.from({ length: 2000 }, (_, i) => `${i}${"x".repeat(1000)}`);
    const { taken } = indexText(dictionary, values);
    assert.ok(taken < values.length && dictionary.byteLength <= MAX_DICTIONARY_BYTES);
  });
});

describe("WordDictionary", () => {
  it("numbers 64-bit values by first occurrence", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -5n, max: 2n ** 40n }), { maxLength: 2000 }), (values) => {
        const dictionary = new WordDictionary(2);
        const indices = new Uint16Array(values.length);
        const { words } = toVector({ type: "int", bits: 64, signed: true }, values) as Word64Vector;
        assert.equal(dictionary.index(words, values.length, indices, 0), values.length);
        const page = dictionary.plain();
        const distinct = new BigInt64Array(page.slice().buffer);
        assert.deepEqual([...distinct], [...new Set(values)]);
        assert.deepEqual(
          [...indices].map((index) => distinct[index]),
          values,
        );
      }),
    );
  });

  it("stops at the first 32-bit value that has no index left", () => {
    const values = Array.from({ length: MAX_ENTRIES + 5 }, (_, i) => i * 3 - 100);
    const vector = toVector({ type: "int", bits: 32, signed: true }, values) as Word32Vector;
    assert.equal(new WordDictionary(1).index(vector.values, values.length, new Uint16Array(values.length), 0), MAX_ENTRIES);
  });

  for (const width of [1, 2] as const) {
    it(`of ${32 * width} bits finds values near the first one and far from it alike, before and after it was cleared`, () => {
      const near = fc.integer({ min: -40_000, max: 40_000 });
      const word = fc.oneof(near, fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1));
      const value = fc.tuple(word, fc.constantFrom(0, -1, 1)).map((words) => words.slice(0, width));
      fc.assert(
        fc.property(fc.array(fc.array(value, { maxLength: 300 }), { maxLength: 3 }), (runs) => {
          const dictionary = new WordDictionary(width);
          for (const values of runs) {
            dictionary.clear();
            const indices = new Uint16Array(values.length);
            assert.equal(dictionary.index(Int32Array.from(values.flat()), values.length, indices, 0), values.length);
            const { words } = dictionary;
            const found = Array.from(indices, (entry) => [...words.subarray(entry * width, (entry + 1) * width)]);
            assert.deepEqual(found, values);
            assert.equal(dictionary.size, new Set(values.map(String)).size);
          }
        }),
      );
    });
  }
});
