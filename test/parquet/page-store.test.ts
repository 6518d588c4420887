import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PageStore } from "../../src/parquet/page-store.ts";

const HEADER = Uint8Array.of(7, 7);
const body = (fill: number, bytes = 100): Uint8Array => new Uint8Array(bytes).fill(fill);

describe("the page store", () => {
  it("keeps a row group's pages while the next one is filled", () => {
    const store = new PageStore();
    const earlier = [store.put(HEADER, body(1)), store.put(HEADER, body(2))];
    store.turn();
    for (let page = 0; page < 100; page++) store.put(HEADER, body(3));
    assert.deepEqual(earlier, [Uint8Array.of(7, 7, ...body(1)), Uint8Array.of(7, 7, ...body(2))]);
  });

  it("fills the memory of the row group before the last", () => {
    const store = new PageStore();
    const first = store.put(HEADER, body(1));
    store.turn();
    const second = store.put(HEADER, body(2));
    store.turn();
    const third = store.put(HEADER, body(3));
    assert.equal(third.buffer, first.buffer);
    assert.notEqual(second.buffer, first.buffer);
  });

  it("holds no memory of its own size for a huge page once its row group has ended", () => {
    const store = new PageStore();
    const huge = store.put(HEADER, body(1, 40 << 20));
    store.turn();
    store.put(HEADER, body(2));
    store.turn();
    assert.notEqual(store.put(HEADER, body(3)).buffer, huge.buffer);
    assert.equal(huge.at(-1), 1);
  });
});
