import type { LogicalType } from "../model/logical-type.ts";
import type { ListVector, Vector } from "../model/vector.ts";
import type { ArrayHeader } from "./array-wire.ts";
import { grownInt32, roomUint8, slotOfValue } from "./nested.ts";

/** Rectangular arrays of a fixed number of dimensions as lists in lists: one level of offsets for each dimension. */

/** LIST nested `dimensions` deep; every level's entries may be null, as a reader expects of a list. */
export function nestedList(element: LogicalType, dimensions: number): LogicalType {
  let type = element;
  for (let level = 0; level < dimensions; level++) type = { type: "list", element: { name: "element", type, nullable: true } };
  return type;
}

/** Collects the shapes of a batch's arrays. */
export interface ListLevels {
  /** Starts a batch of so many slots. */
  begin(slots: number): void;
  addNull(slot: number): void;
  /** Adds an array of the declared number of dimensions, or an empty one (`header.dimensions` 0). */
  add(slot: number, header: ArrayHeader): void;
  /** The slot whose array holds element `index` of all elements. */
  slotOfElement(index: number): number;
  /** The lists around `elements`, the vector of all elements of the batch. */
  around(elements: Vector): ListVector;
}

export function createListLevels(dimensions: number): ListLevels {
  // Level k's offsets point into level k + 1's lists, the last level's into the elements; counts[k] is the number of its lists.
  const offsets: Int32Array[] = Array.from({ length: dimensions }, () => new Int32Array(64));
  const counts: number[] = new Array(dimensions).fill(0);
  let validity: Uint8Array = new Uint8Array(0);
  let slots = 0;
  let nullCount = 0;

  function append(level: number, lists: number, length: number): void {
    const count = counts[level]!;
    const grown = grownInt32(offsets[level]!, count + lists + 1);
    offsets[level] = grown;
    let end = grown[count]!;
    for (let list = 1; list <= lists; list++) {
      end += length;
      grown[count + list] = end;
    }
    counts[level] = count + lists;
  }

  return {
    begin(slotCount) {
      validity = roomUint8(validity, slotCount);
      slots = slotCount;
      nullCount = 0;
      counts.fill(0);
      for (const level of offsets) level[0] = 0;
    },
    addNull(slot) {
      validity[slot] = 0;
      nullCount++;
    },
    add(slot, header) {
      validity[slot] = 1;
      if (header.dimensions === 0) {
        append(0, 1, 0);
        return;
      }
      let lists = 1;
      for (let level = 0; level < dimensions; level++) {
        const length = header.lengths[level]!;
        append(level, lists, length);
        lists *= length;
      }
    },
    slotOfElement(index) {
      let inner = index;
      for (let level = dimensions - 1; level >= 0; level--) inner = listHolding(offsets[level]!, counts[level]!, inner);
      return slotOfValue(nullCount === 0 ? null : validity, inner);
    },
    around(elements) {
      let child = elements;
      for (let level = dimensions - 1; level > 0; level--) {
        child = { kind: "list", slots: counts[level]!, nullCount: 0, validity: null, offsets: offsets[level]!, child };
      }
      return { kind: "list", slots, nullCount, validity: nullCount === 0 ? null : validity, offsets: offsets[0]!, child };
    },
  };
}

/** The list, of `count`, in whose range `index` lies. Empty lists share their offset with the next one, and hold nothing. */
function listHolding(offsets: Int32Array, count: number, index: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[middle + 1]! <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The dimensions of list `index` of the outermost level, and the range of all elements that is its. */
export interface ListExtent {
  readonly lengths: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** @throws Error when the lists are no rectangle, which no array of PostgreSQL can be. */
export function listExtent(levels: readonly ListVector[], index: number): ListExtent {
  const lengths: number[] = [];
  let from = index;
  let to = index + 1;
  for (const { offsets, nullCount } of levels) {
    const length = offsets[from + 1]! - offsets[from]!;
    for (let list = from; list < to; list++) {
      if (offsets[list + 1]! - offsets[list]! !== length) throw new Error("lists of different lengths are no array");
    }
    if (lengths.length > 0 && (nullCount > 0 || length === 0)) throw new Error("an inner list that is null or empty is no array");
    from = offsets[from]!;
    to = offsets[to]!;
    lengths.push(length);
    if (length === 0) return { lengths: [], from: 0, to: 0 };
  }
  return { lengths, from, to };
}

/** The list vectors of `dimensions` levels, outermost first, and the vector of the elements inside them. */
export function listLevels(vector: Vector, dimensions: number): { levels: ListVector[]; elements: Vector } {
  const levels: ListVector[] = [];
  let elements = vector;
  for (let level = 0; level < dimensions; level++) {
    if (elements.kind !== "list") throw new Error(`a list ${dimensions} levels deep was expected, found ${elements.kind}`);
    levels.push(elements);
    elements = elements.child;
  }
  return { levels, elements };
}
