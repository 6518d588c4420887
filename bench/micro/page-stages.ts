import { ColumnChunkEncoder } from "../../src/parquet/column-chunk.ts";
import { bitWidthOf, encodeHybrid, hybridBound } from "../../src/parquet/hybrid.ts";
import { PageBody } from "../../src/parquet/page-body.ts";
import { PageMemory } from "../../src/parquet/page-memory.ts";
import { PageStore } from "../../src/parquet/page-store.ts";
import { valueCodec } from "../../src/parquet/values.ts";
import type { Stage } from "./stage.ts";
import { type Leaf, valuesOf } from "./vectors.ts";

const PAGE_BYTES = 1 << 20;
const PAGE_VALUES = 1 << 18;

/** The parts of a column chunk's encoding, each over the columns that it is used for, by kind of value. */
export function pageStages(leaves: readonly Leaf[]): Stage[] {
  const indexed = leaves.filter(isIndexed);
  const plain = leaves.filter((leaf) => !indexed.includes(leaf));
  return [
    ...byKind("  dictionary", indexed, dictionaryPass),
    ...byKind("  hybrid of the indices", indexed, hybridPass, () => "all"),
    ...byKind("  plain pages", plain, plainPass),
    ...byKind(
      "  bounds",
      plain.filter(({ column }) => column.order !== "none"),
      boundsPass,
    ),
  ];
}

function byKind(
  name: string,
  leaves: readonly Leaf[],
  passOf: (leaf: Leaf) => () => void,
  kindOf = (leaf: Leaf): string => leaf.vectors[0]?.kind ?? "none",
): Stage[] {
  const kinds = [...new Set(leaves.map(kindOf))].sort();
  return kinds.map((kind) => {
    const those = leaves.filter((leaf) => kindOf(leaf) === kind);
    const passes = those.map(passOf);
    const columns = `${those.length} ${those.length === 1 ? "column" : "columns"}`;
    return {
      name: `${name}: ${kind === "all" ? "" : `${kind}, `}${columns}`,
      pass: () => {
        for (const pass of passes) pass();
      },
      values: those.reduce((sum, { values }) => sum + values, 0),
    };
  });
}

/** Whether the encoder itself keeps a dictionary for the column. */
function isIndexed({ column, vectors }: Leaf): boolean {
  const encoder = new ColumnChunkEncoder(column, {
    compressor: { compress: () => new Uint8Array(0) },
    store: new PageStore(),
    memory: new PageMemory(),
    pageBytes: PAGE_BYTES,
  });
  for (const vector of vectors) {
    const values = valuesOf(vector);
    const levels = vector.slots;
    encoder.append(vector, values, levels, levels, vector.validity, null);
  }
  const { summaries } = encoder.finish();
  return summaries.length > 0 && summaries.every((page) => page.dictionary);
}

function dictionaryPass({ column, vectors, values }: Leaf): () => void {
  const dictionary = valueCodec(column).dictionary()!;
  const indices = new Uint16Array(values);
  return () => {
    dictionary.clear();
    let at = 0;
    for (const vector of vectors) at += dictionary.index(vector, valuesOf(vector), indices, at);
  };
}

function hybridPass({ column, vectors, values }: Leaf): () => void {
  const dictionary = valueCodec(column).dictionary()!;
  const indices = new Uint16Array(values);
  let at = 0;
  for (const vector of vectors) at += dictionary.index(vector, valuesOf(vector), indices, at);
  const bitWidth = bitWidthOf(Math.max(0, dictionary.size - 1));
  const out = new Uint8Array(hybridBound(PAGE_VALUES, bitWidth));
  return () => {
    for (let from = 0; from < values; from += PAGE_VALUES) {
      const page = indices.subarray(from, Math.min(values, from + PAGE_VALUES));
      encodeHybrid(page, page.length, bitWidth, out, 0);
    }
  };
}

function plainPass({ column, vectors }: Leaf): () => void {
  const codec = valueCodec(column);
  const body = new PageBody(1 << 20, new PageMemory());
  return () => {
    for (const vector of vectors) {
      codec.plain(body, vector, 0, valuesOf(vector));
      if (body.byteLength >= PAGE_BYTES) body.clear();
    }
    body.clear();
  };
}

function boundsPass({ column, vectors }: Leaf): () => void {
  const codec = valueCodec(column);
  return () => {
    for (const vector of vectors) codec.bounds(column.order, vector, 0, valuesOf(vector));
  };
}
