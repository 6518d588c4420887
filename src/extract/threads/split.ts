import type { CompressionOptions } from "../../parquet/compression.ts";
import type { TablePlan } from "../table-plan/table-plan.ts";
import type { SegmentPlan } from "./segment.ts";

export interface EncodingOptions {
  readonly compression: CompressionOptions;
  readonly pageBytes: number;
}

/**
 * Splits a table's columns into at most `count` segments of about equal weight, heaviest column first. The key columns and the
 * keys made of them stay together, because a thread can hash only what it decodes.
 * @param weights what a row of each wire column costs, in bytes
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

/** One key of one row, hashed and encoded (0.7 µs), costs as much as encoding so many bytes: 170 of a parcel, 400 of narrow numbers. */
const KEY_BYTES = 200;

function columnGroups(plan: TablePlan, weights: readonly number[]): ColumnGroup[] {
  const keyColumns = new Set<number>(plan.hashKeys?.columns ?? []);
  const groups: ColumnGroup[] = plan.wireColumns.flatMap((_, i) =>
    keyColumns.has(i) ? [] : [{ columns: [i], weight: weights[i]! }],
  );
  if (keyColumns.size === 0) return groups;
  const columns = [...keyColumns];
  const keys = plan.hashKeys?.fields.length ?? 0;
  return [...groups, { columns, weight: keys * KEY_BYTES + columns.reduce((sum, column) => sum + weights[column]!, 0) }];
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
