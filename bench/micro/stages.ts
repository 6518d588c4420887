import { BatchDecoder } from "../../src/columnar/batch-decoder.ts";
import { TupleIndex } from "../../src/columnar/tuple-index.ts";
import { createSegmentEncoder } from "../../src/extract/threads/segment.ts";
import { createKeyHasher } from "../../src/hashkeys/hasher.ts";
import { type CompressionOptions, createCompressor } from "../../src/parquet/compression.ts";
import { GeoSummary } from "../../src/parquet/geo/summary.ts";
import { RowGroupEncoder } from "../../src/parquet/row-group.ts";
import type { Capture } from "./capture.ts";
import { framing } from "./framing.ts";
import { pageStages } from "./page-stages.ts";
import type { Stage } from "./stage.ts";
import { type Batch, decodedBatches, leavesOf } from "./vectors.ts";

/** In the order of the flow. Indented names are parts of the stage above them. */
export async function stagesOf(table: Capture): Promise<Stage[]> {
  const { plan, rows } = table;
  const batches = decodedBatches(table);
  const pages = encodedPages(table, batches);
  const cells = rows * plan.columns.length;
  const compressors = await Promise.all(CODECS.map(createCompressor));
  const whole = await createSegmentEncoder(plan);
  return [
    { name: "frame scan", pass: framing(table), values: null },
    { name: "tuple index", pass: () => indexAll(table), values: cells },
    { name: "tuple index and decode", pass: decodeAll(table), values: cells },
    ...hashStages(table, batches),
    { name: "geometry summary", pass: summarise(table, batches), values: null },
    { name: "encode, not compressed", pass: encodeAll(table, batches), values: cells },
    ...pageStages(leavesOf(plan.fields.slice(0, plan.columns.length), batches)),
    ...CODECS.map((codec, i) => ({
      name: `compress, ${codec.compression}${codec.compression === "zstd" ? ` ${codec.compressionLevel}` : ""}`,
      pass: () => {
        for (const page of pages) compressors[i]!.compress(page);
      },
      values: null,
    })),
    {
      name: "all but the frame scan, zstd 1",
      pass: () => {
        for (const slab of table.slabs) whole.feed(slab);
        whole.finishRowGroup();
      },
      values: cells,
    },
  ];
}

const CODECS: readonly CompressionOptions[] = [
  ...[1, 3, 6].map((compressionLevel) => ({ compression: "zstd" as const, compressionLevel })),
  { compression: "snappy", compressionLevel: 0 },
];

function indexAll({ plan, slabs }: Capture): void {
  const index = new TupleIndex(plan.fieldCount);
  for (const { bytes, byteLength } of slabs) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, byteLength);
    for (let at = 0; at < byteLength; ) at = index.next(view, at, byteLength);
  }
}

function decodeAll({ plan, slabs }: Capture): () => void {
  const decoder = new BatchDecoder(plan.columns, plan.fieldCount);
  return () => {
    for (const slab of slabs) decoder.decode(slab, () => {});
  };
}

/** Both keys, then a key of each type that occurs in one, alone. */
function hashStages({ plan, rows }: Capture, batches: readonly Batch[]): Stage[] {
  const { hashKeys } = plan;
  if (hashKeys === null) return [];
  const hashAll = (spec: typeof hashKeys) => {
    const hasher = createKeyHasher(spec);
    return () => {
      for (const batch of batches) hasher.hash(batch.vectors, batch.rows, batch.firstRow);
    };
  };
  const keys = [...hashKeys.source, ...(hashKeys.record ?? [])];
  const byType = new Map(keys.map((key) => [key.type.type, key]));
  return [
    { name: "hash keys, both", pass: hashAll(hashKeys), values: rows },
    ...[...byType].map(([type, key]) => ({
      name: `  a key of ${type} (${key.name})`,
      pass: hashAll({ ...hashKeys, source: [key], record: null }),
      values: rows,
    })),
  ];
}

function summarise({ plan }: Capture, batches: readonly Batch[]): () => void {
  const geometries = plan.fields.flatMap(({ type }, i) => (type.type === "wkb" ? [i] : []));
  return () => {
    for (const at of geometries) {
      const summary = new GeoSummary();
      for (const { vectors } of batches) {
        const vector = vectors[at]!;
        if (vector.kind === "bytes") summary.add(vector);
      }
    }
  };
}

const NOTHING = new Uint8Array(0);

/** Dictionaries, pages, levels and bounds of all columns but the hash keys. */
function encodeAll(
  { plan }: Capture,
  batches: readonly Batch[],
  compress: (page: Uint8Array) => Uint8Array = () => NOTHING,
): () => void {
  const fields = plan.fields.slice(0, plan.columns.length);
  const encoder = new RowGroupEncoder(fields, { compressor: { compress }, pageBytes: plan.pageBytes });
  return () => {
    for (const { vectors, rows } of batches) {
      for (let i = 0; i < vectors.length; i++) encoder.append(i, vectors[i]!, rows);
    }
    encoder.finish();
  };
}

/** The pages as they go to the compressor. */
function encodedPages(table: Capture, batches: readonly Batch[]): Uint8Array[] {
  const pages: Uint8Array[] = [];
  encodeAll(table, batches, (page) => {
    pages.push(page.slice());
    return NOTHING;
  })();
  return pages;
}
