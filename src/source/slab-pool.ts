import type { Slab, SlabPool } from "./contract.ts";

export interface SlabPoolOptions {
  /** Size of a slab. A larger row gets memory of its own size. */
  readonly slabBytes: number;
  /** How many slabs may be in use at once, large ones included: the memory's bound is about `slabBytes × slabCount`. */
  readonly slabCount: number;
  /** A larger row counts for as many slabs as it fills, so that the bound holds for any rows; one that is larger than all of them is let in alone. */
  readonly inBytes?: boolean;
}

/**
 * A pool of shared memory. Slabs are made when first needed and reused from then on. So is the memory of large rows: the garbage
 * collector is in no hurry to free shared memory, and a table of large rows would fill the machine.
 */
export function createSlabPool({ slabBytes, slabCount, inBytes = false }: SlabPoolOptions): SlabPool {
  if (!(slabBytes >= 64 && slabCount >= 1)) throw new RangeError("a slab pool needs at least one slab of 64 bytes");
  const free: Uint8Array[] = [];
  let freeLarge: SharedArrayBuffer[] = [];
  const waiting: { byteLength: number; grant(memory: Uint8Array): void }[] = [];
  const inUse = new Set<Uint8Array>();
  let slabsUsed = 0;
  const slabsOf = (byteLength: number): number => (inBytes ? Math.max(1, Math.ceil(byteLength / slabBytes)) : 1);
  const hasRoom = (byteLength: number): boolean => inUse.size === 0 || slabsUsed + slabsOf(byteLength) <= slabCount;

  /** Sizes double, so that a row a little larger than the last needs nothing new. What is too small won't be needed again. */
  const takeLarge = (byteLength: number): Uint8Array => {
    freeLarge = freeLarge.filter((buffer) => buffer.byteLength >= byteLength);
    const buffer = freeLarge.pop() ?? new SharedArrayBuffer(2 ** Math.ceil(Math.log2(byteLength)));
    return new Uint8Array(buffer, 0, byteLength);
  };

  const take = (byteLength: number): Uint8Array => {
    const memory =
      byteLength > slabBytes ? takeLarge(byteLength) : (free.pop() ?? new Uint8Array(new SharedArrayBuffer(slabBytes)));
    inUse.add(memory);
    slabsUsed += slabsOf(memory.length);
    return memory;
  };

  return {
    slabBytes,
    tryAcquire: (byteLength) => (hasRoom(byteLength) && waiting.length === 0 ? take(byteLength) : null),
    acquire: (byteLength) =>
      new Promise((grant) => {
        if (hasRoom(byteLength) && waiting.length === 0) grant(take(byteLength));
        else waiting.push({ byteLength, grant });
      }),
    release({ bytes }: Pick<Slab, "bytes">) {
      if (!inUse.delete(bytes)) throw new Error("this slab is not in use in this pool");
      slabsUsed -= slabsOf(bytes.length);
      if (bytes.length === slabBytes) free.push(bytes);
      else freeLarge.push(bytes.buffer as SharedArrayBuffer);
      while (waiting[0] !== undefined && hasRoom(waiting[0].byteLength)) {
        const next = waiting.shift()!;
        next.grant(take(next.byteLength));
      }
    },
  };
}
