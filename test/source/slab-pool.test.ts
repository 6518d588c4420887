import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSlabPool } from "../../src/source/slab-pool.ts";

describe("a slab pool", () => {
  it("gives shared memory, and the same again after release", () => {
    const pool = createSlabPool({ slabBytes: 1024, slabCount: 1 });
    const bytes = pool.tryAcquire(10);
    assert.ok(bytes?.buffer instanceof SharedArrayBuffer);
    assert.equal(bytes.length, 1024);
    assert.equal(pool.tryAcquire(10), null);
    pool.release({ bytes });
    assert.equal(pool.tryAcquire(10), bytes);
  });

  it("makes those who ask wait in turn", async () => {
    const pool = createSlabPool({ slabBytes: 1024, slabCount: 1 });
    const bytes = await pool.acquire(0);
    const order: number[] = [];
    const second = pool.acquire(0).then((memory) => {
      order.push(2);
      return memory;
    });
    const third = pool.acquire(0).then(() => order.push(3));
    pool.release({ bytes });
    assert.equal(pool.tryAcquire(0), null);
    pool.release({ bytes: await second });
    await third;
    assert.deepEqual(order, [2, 3]);
  });

  it("gives a larger row memory of its own, and uses that again for the next large row", () => {
    const pool = createSlabPool({ slabBytes: 1024, slabCount: 1 });
    const large = pool.tryAcquire(5000) as Uint8Array;
    assert.equal(large.length, 5000);
    assert.equal(pool.tryAcquire(1), null);
    pool.release({ bytes: large });
    const small = pool.tryAcquire(1) as Uint8Array;
    assert.equal(small.length, 1024);
    pool.release({ bytes: small });
    const next = pool.tryAcquire(7000);
    assert.equal(next?.length, 7000);
    assert.equal(next?.buffer, large.buffer);
  });

  it("counts in bytes, if asked to: a large row takes the place of several slabs, and one too large for all is let in alone", async () => {
    const pool = createSlabPool({ slabBytes: 1024, slabCount: 4, inBytes: true });
    const small = pool.tryAcquire(1) as Uint8Array;
    const large = pool.tryAcquire(3000) as Uint8Array;
    assert.equal(large.length, 3000);
    assert.equal(pool.tryAcquire(1), null);
    const order: string[] = [];
    const huge = pool.acquire(50_000).then((bytes) => {
      order.push("huge");
      return bytes;
    });
    const two = [pool.acquire(1), pool.acquire(1)].map((waiting) => waiting.then(() => order.push("small")));
    pool.release({ bytes: large });
    assert.equal(pool.tryAcquire(1), null);
    pool.release({ bytes: small });
    const bytes = await huge;
    assert.deepEqual([order, bytes.length], [["huge"], 50_000]);
    pool.release({ bytes });
    await Promise.all(two);
    assert.deepEqual(order, ["huge", "small", "small"]);
  });

  it("does not take back what it did not give, or has already", () => {
    const pool = createSlabPool({ slabBytes: 1024, slabCount: 2 });
    const bytes = pool.tryAcquire(0) as Uint8Array;
    pool.release({ bytes });
    assert.throws(() => pool.release({ bytes }), /not in use/);
    assert.throws(() => pool.release({ bytes: new Uint8Array(1024) }), /not in use/);
  });
});
