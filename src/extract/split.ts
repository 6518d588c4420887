import type { CompressionOptions } from "../parquet/compression.ts";
import type { SegmentPlan } from "./segment.ts";
import type { TablePlan } from "./table-plan.ts";

export interface EncodingOptions {
  readonly compression: CompressionOptions;
  readonly pageBytes: number;
}

/**
 * Splits a table's columns into at most `count` segments of about equal weight, heaviest column first. The key columns and the
 * keys made of them stay together, because a thread can hash only what it decodes.
 * @param weights cost of each wire column in any unit, such as bytes in a sample
 */
export function splitTable(plan: TablePlan, weights: readonly number[], count: number, options: EncodingOptions): SegmentPlan[] {
  const groups = columnGroups(plan, weights).sort((a, b) => b.weight - a.weight || a.columns[0]! - b.columns[0]!);
  const bins = Array.from({ length: Math.max(1, Math.min(count, groups.length)) }, () => ({
    columns: [] as number[],
    weight: 0,
  }));
  for (const group of groups) {
    const lightest = bins.reduce((a, b) => (b.weight < a.weight ? b : a));
    lightest.columns.push(...group.columns);
    lightest.weight += group.weight;
  }
  return bins.map((bin) =>
    segment(
      plan,
      bin.columns.sort((a, b) => a - b),
      options,
    ),
  );
}

interface ColumnGroup {
  readonly columns: readonly number[];
  readonly weight: number;
}

/** Hashing costs about as much again as decoding and encoding the key columns. */
const HASH_WEIGHT = 2;

function columnGroups(plan: TablePlan, weights: readonly number[]): ColumnGroup[] {
  const keyColumns = new Set<number>(plan.hashKeys?.columns ?? []);
  const groups: ColumnGroup[] = plan.wireColumns.flatMap((_, i) =>
    keyColumns.has(i) ? [] : [{ columns: [i], weight: weights[i]! }],
  );
  if (keyColumns.size === 0) return groups;
  const columns = [...keyColumns];
  return [...groups, { columns, weight: HASH_WEIGHT * columns.reduce((sum, column) => sum + weights[column]!, 0) }];
}

function segment(plan: TablePlan, columns: readonly number[], options: EncodingOptions): SegmentPlan {
  const { hashKeys } = plan;
  const hashes = hashKeys?.columns.every((column) => columns.includes(column)) ? hashKeys : null;
  const wireCount = plan.wireColumns.length;
  const keyFields = hashes?.fields ?? [];
  return {
    fieldCount: wireCount,
    columns: columns.map((column) => plan.wireColumns[column]!),
    fields: [...columns.map((column) => plan.fields[column]!), ...keyFields],
    filePositions: [...columns, ...keyFields.map((_, i) => wireCount + i)],
    hashKeys: hashes === null ? null : hashes.hasher((column) => columns.indexOf(column)),
    compression: options.compression,
    pageBytes: options.pageBytes,
  };
}
