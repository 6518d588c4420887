import { BronzeError } from "../model/errors.ts";
import type { Slab, WireRead } from "./contract.ts";

/** Makes a read of slabs and the row count they end with. To be iterated once: nothing is asked of the server before. */
export function wireRead(slabs: () => AsyncGenerator<Slab, number, void>): WireRead {
  let resolve: (rows: number) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const rows = new Promise<number>((onRows, onError) => {
    resolve = onRows;
    reject = onError;
  });
  // Whoever iterates has the error already.
  rows.catch(() => {});
  async function* iterate(): AsyncGenerator<Slab, void, void> {
    try {
      resolve(yield* slabs());
    } catch (error) {
      reject(error);
      throw error;
    } finally {
      reject(new BronzeError("CANCELLED", "The read was left before its end"));
    }
  }
  return { rows, [Symbol.asyncIterator]: iterate };
}
