import { type RegistryEntry, SIZE_CLASSES, type SizeClass } from "../config/registry.ts";

/** What is known of a shard's table before it is read. */
export interface ShardSize {
  readonly rows: number | null;
  /** Bytes of the table at the source, TOAST included, indexes not; null where the catalog doesn't tell. */
  readonly bytes: number | null;
}

/** A shard of which nobody knows the bytes is taken for rows of this many: a parcel with its geometry. */
const ROW_BYTES = 1_000;

/** Of the registry: from how many bytes at the source on a shard needs more than the class before. */
export type SizeLimits = Pick<RegistryEntry["compute"], "medium_from_bytes" | "large_from_bytes">;

export function shardBytes({ rows, bytes }: ShardSize): number | null {
  return bytes ?? (rows === null ? null : rows * ROW_BYTES);
}

/** Rows and bytes of all shards; what is unknown counts as nothing. */
export function totalSize(shards: readonly ShardSize[]): { rows: number; bytes: number } {
  return {
    rows: shards.reduce((sum, { rows }) => sum + (rows ?? 0), 0),
    bytes: shards.reduce((sum, shard) => sum + (shardBytes(shard) ?? 0), 0),
  };
}

/** The class of a shard; one of unknown size gets the middle, which is enough for all but the largest. */
export function sizeClass(size: ShardSize, limits: SizeLimits): SizeClass {
  const bytes = shardBytes(size);
  if (bytes === null) return "medium";
  if (bytes >= limits.large_from_bytes) return "large";
  return bytes >= limits.medium_from_bytes ? "medium" : "small";
}

/** The next class that has more memory, for a shard that ran out of it; null when there is none. */
export function largerClass(sizes: Readonly<Record<string, { readonly memory_mib: number }>>, name: string): SizeClass | null {
  const memory = sizes[name]?.memory_mib ?? Number.POSITIVE_INFINITY;
  const at = (SIZE_CLASSES as readonly string[]).indexOf(name);
  return SIZE_CLASSES.slice(at + 1).find((one) => (sizes[one]?.memory_mib ?? 0) > memory) ?? null;
}
