import type { Slab, SlabPool } from "./contract.ts";

export interface SlabPoolOptions {
  /** Size of a slab. A larger row gets a slab of its own size, which is given back to the system on release. */
  readonly slabBytes: number;
  /** How many slabs may be in use at once, large ones included: the memory's bound is about `slabBytes × slabCount`. */
  readonly slabCount: number;
}

/** A pool of shared memory. Slabs are made when first needed and reused from then on. */
export function createSlabPool({ slabBytes, slabCount }: SlabPoolOptions): SlabPool {
  if (!(slabBytes >= 64 && slabCount >= 1)) throw new RangeError("a slab pool needs at least one slab of 64 bytes");
  const free: Uint8Array[] = [];
  const waiting: { byteLength: number; grant(memory: Uint8Array): void }[] = [];
  const inUse = new Set<Uint8Array>();

  const take = (byteLength: number): Uint8Array => {
    const memory = byteLength > slabBytes ? shared(byteLength) : (free.pop() ?? shared(slabBytes));
    inUse.add(memory);
    return memory;
  };

  return {
    slabBytes,
    tryAcquire: (byteLength) => (inUse.size < slabCount && waiting.length === 0 ? take(byteLength) : null),
    acquire: (byteLength) =>
      new Promise((grant) => {
        if (inUse.size < slabCount && waiting.length === 0) grant(take(byteLength));
        else waiting.push({ byteLength, grant });
      }),
    release({ bytes }: Pick<Slab, "bytes">) {
      if (!inUse.delete(bytes)) throw new Error("this slab is not in use in this pool");
      if (bytes.length === slabBytes) free.push(bytes);
      const next = waiting.shift();
      next?.grant(take(next.byteLength));
    },
  };
}

function shared(byteLength: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(byteLength));
}
