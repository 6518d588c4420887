import { TupleIndex } from "../../columnar/tuple-index.ts";
import type { Slab } from "../../source/contract.ts";

/** What a value costs besides its bytes: offsets, levels, the loop itself. In bytes whose encoding takes as long, by order of magnitude. */
const VALUE_BYTES = 8;

/** What a row of each column costs, in bytes, by a slab's first rows: weights for splitting the columns among threads. */
export function sampleWeights(slab: Slab, columnCount: number): number[] {
  const index = new TupleIndex(columnCount);
  const view = new DataView(slab.bytes.buffer, slab.bytes.byteOffset, slab.byteLength);
  index.next(view, 0, slab.byteLength);
  return Array.from({ length: columnCount }, (_, column) => {
    let weight = 0;
    for (let row = 0; row < index.rows; row++) {
      const start = index.starts[index.begin(column) + row]!;
      weight += start < 0 ? 1 : VALUE_BYTES + view.getInt32(start - 4);
    }
    return weight / Math.max(1, index.rows);
  });
}
