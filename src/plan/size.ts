import { SIZE_CLASSES, type SizeClass } from "../config/registry.ts";

/** What is known of a shard's table before it is read. */
export interface ShardSize {
  readonly rows: number | null;
  /** Bytes of the table at the source, TOAST included, indexes not; null where the catalog doesn't tell. */
  readonly bytes: number | null;
}

/** A shard of which nobody knows the bytes is taken for rows of this many: a parcel with its geometry. */
const ROW_BYTES = 1_000;

/** From how many bytes at the source on a shard needs more than the class before. */
export const CLASS_FROM_BYTES: Readonly<Record<SizeClass, number>> = { small: 0, medium: 512 << 20, large: 4 * 2 ** 30 };

export function shardBytes({ rows, bytes }: ShardSize): number | null {
  return bytes ?? (rows === null ? null : rows * ROW_BYTES);
}

/** The class of a shard; one of unknown size gets the middle, which is enough for all but the largest. */
export function sizeClass(size: ShardSize, fromBytes = CLASS_FROM_BYTES): SizeClass {
  const bytes = shardBytes(size);
  if (bytes === null) return "medium";
  return SIZE_CLASSES.findLast((name) => bytes >= fromBytes[name]) ?? "small";
}
