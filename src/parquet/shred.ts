import type { LogicalField } from "../model/logical-type.ts";
import type { ListVector, StructVector, Vector } from "../model/vector.ts";
import { isLeaf, type LeafVector } from "./values.ts";

/**
 * Nested columns as leaves with levels. Source: Dremel (Melnik et al., 2010), "Column-striped representation"; parquet-format
 * LogicalTypes.md for the three-level forms of LIST and MAP.
 *
 * A node sees a stream of entries, each with a definition and a repetition level. Entries at the node's own definition level
 * have one of its slots, in order; the others ended further up, at a null or at an empty list.
 */
export interface Shredded {
  readonly vector: LeafVector;
  readonly levels: number;
  readonly definition: Uint8Array;
  readonly repetition: Uint8Array;
}

interface Entries {
  readonly count: number;
  readonly definition: Uint8Array;
  readonly repetition: Uint8Array;
  /** Definition level of entries that have a slot here. */
  readonly live: number;
  /** Repetition level of the innermost list around. */
  readonly depth: number;
}

/** The leaves of a field in schema order, for `rows` rows. */
export function shred(field: LogicalField, vector: Vector, rows: number): Shredded[] {
  const leaves: Shredded[] = [];
  descend(
    field,
    vector,
    { count: rows, definition: new Uint8Array(rows), repetition: new Uint8Array(rows), live: 0, depth: 0 },
    leaves,
  );
  return leaves;
}

function descend(field: LogicalField, vector: Vector, entries: Entries, leaves: Shredded[]): void {
  const present = field.nullable ? afterNulls(vector, entries) : entries;
  if (isLeaf(vector)) {
    leaves.push({ vector, levels: present.count, definition: present.definition, repetition: present.repetition });
    return;
  }
  const { type } = field;
  if (vector.kind === "struct" && type.type === "struct") {
    type.fields.forEach((child, i) => {
      descend(child, vector.children[i]!, present, leaves);
    });
  } else if (vector.kind === "list" && type.type === "list") {
    descend(type.element, vector.child, afterLists(vector, present), leaves);
  } else if (vector.kind === "list" && type.type === "map") {
    const inside = afterLists(vector, present);
    const [key, value] = (vector.child as StructVector).children;
    descend({ ...type.key, nullable: false }, key!, inside, leaves);
    descend(type.value, value!, inside, leaves);
  } else {
    throw new TypeError(`column "${field.name}" is a ${type.type}, but its vector is a ${vector.kind}`);
  }
}

/** Entries with a value go one definition level up; a null stays where it is. */
function afterNulls(vector: Vector, entries: Entries): Entries {
  const definition = entries.definition.slice(0, entries.count);
  const { live } = entries;
  const { validity } = vector;
  let slot = 0;
  for (let i = 0; i < entries.count; i++) {
    if (definition[i] !== live) continue;
    if (validity === null || validity[slot] === 1) definition[i] = live + 1;
    slot++;
  }
  return { ...entries, definition, live: live + 1 };
}

/** Each list becomes one entry per element; an empty list stays one entry, a definition level below its elements. */
function afterLists(vector: ListVector, entries: Entries): Entries {
  const { offsets } = vector;
  const lists = vector.slots - vector.nullCount;
  let empty = 0;
  for (let i = 0; i < lists; i++) if (offsets[i] === offsets[i + 1]) empty++;
  const count = entries.count - lists + empty + offsets[lists]!;
  const definition = new Uint8Array(count);
  const repetition = new Uint8Array(count);
  const live = entries.live + 1;
  const depth = entries.depth + 1;
  let list = 0;
  let at = 0;
  for (let i = 0; i < entries.count; i++) {
    repetition[at] = entries.repetition[i]!;
    if (entries.definition[i] !== entries.live) {
      definition[at++] = entries.definition[i]!;
      continue;
    }
    const length = offsets[list + 1]! - offsets[list]!;
    list++;
    if (length === 0) {
      definition[at++] = entries.live;
      continue;
    }
    definition[at++] = live;
    for (let k = 1; k < length; k++) {
      definition[at] = live;
      repetition[at++] = depth;
    }
  }
  return { count, definition, repetition, live, depth };
}
