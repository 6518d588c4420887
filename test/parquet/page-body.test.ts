import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { PageBody } from "../../src/parquet/page-body.ts";
import { PageMemory } from "../../src/parquet/page-memory.ts";

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });

describe("PageBody", () => {
  it("holds what was appended behind what was prepended, page after page, whatever their sizes and whoever had its memory before", () => {
    const page = fc.record({ values: fc.array(bytes(3000), { maxLength: 8 }), levels: fc.array(bytes(500), { maxLength: 2 }) });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(2), page), { maxLength: 12 }),
        fc.integer({ min: 1, max: 8000 }),
        (pages, pageBytes) => {
          const memory = new PageMemory();
          const bodies = [0, 1, 2].map(() => new PageBody(pageBytes, memory));
          for (const [which, { values, levels }] of pages) {
            const body = bodies[which]!;
            for (const value of values) body.appendRaw(value);
            assert.equal(body.byteLength, Buffer.concat(values).length);
            for (const level of levels) body.prepend(level);
            assert.deepEqual(Buffer.from(body.bytes()), Buffer.concat([...levels].reverse().concat(values)));
            body.clear();
            assert.equal(body.byteLength, 0);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("takes little memory for little, and what another page gave back", () => {
    const memory = new PageMemory();
    const first = new PageBody(256 << 10, memory);
    first.appendRaw(Uint8Array.of(1));
    assert.ok(first.bytes().buffer.byteLength <= 1024, `${first.bytes().buffer.byteLength} bytes`);
    const { buffer } = first.bytes();
    first.clear();
    const second = new PageBody(256 << 10, memory);
    second.appendRaw(Uint8Array.of(2));
    assert.equal(second.bytes().buffer, buffer);
  });
});
