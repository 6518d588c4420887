import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { firstPartBytes, MAX_PART_BYTES, MAX_PARTS, MIN_PART_BYTES, partBytes } from "../../src/sink/s3/parts.ts";

const MIB = 1 << 20;
const GIB = 1024 * MIB;
const LARGEST_OBJECT = 5 * 1024 * GIB;

/** Bytes that fit in the parts that S3 allows, and the largest of them. */
function capacity(firstBytes: number): { bytes: number; largest: number } {
  let bytes = 0;
  let largest = 0;
  for (let part = 1; part <= MAX_PARTS; part++) {
    const size = partBytes(part, bytes, firstBytes);
    assert.ok(size >= MIN_PART_BYTES && size <= MAX_PART_BYTES);
    assert.ok(size >= largest, "parts never shrink");
    largest = size;
    bytes += size;
  }
  return { bytes, largest };
}

describe("part sizes", () => {
  it("hold any object that S3 can hold, whatever the first part's size and however wrong the estimate", () => {
    for (const firstBytes of [MIN_PART_BYTES, 8 * MIB, 16 * MIB, 100 * MIB, GIB]) {
      assert.ok(capacity(firstBytes).bytes >= LARGEST_OBJECT, `${firstBytes}`);
    }
  });

  it("stay as they are up to 78 GiB", () => {
    assert.equal(partBytes(5000, 4999 * 16 * MIB, 16 * MIB), 16 * MIB);
  });

  it("are never too small for the estimate, nor outside S3's limits", () => {
    fc.assert(
      fc.property(
        fc.nat(200 * MIB),
        fc.option(fc.integer({ min: 0, max: LARGEST_OBJECT }), { nil: undefined }),
        (wished, expected) => {
          const first = firstPartBytes(wished, expected);
          assert.ok(first >= MIN_PART_BYTES && first <= MAX_PART_BYTES && first >= Math.min(wished, MAX_PART_BYTES));
          assert.ok(first * 5000 >= (expected ?? 0));
        },
      ),
    );
  });
});
