const MIB = 1 << 20;

/** S3's limits: "Amazon S3 multipart upload limits" in the S3 user guide. */
export const MAX_PARTS = 10_000;
export const MIN_PART_BYTES = 5 * MIB;
export const MAX_PART_BYTES = 5 * 1024 * MIB;

/** Parts of the first size. At 16 MiB they hold 78 GiB, which is more than any object should be. */
const EVEN_PARTS = 5_000;
/** From there on a part is at least this fraction of all that came before, so the sum grows like interest. */
const GROWTH = 900;

/** The size of an upload's first parts: the one wished for, or larger when the expected object would need too many of those. */
export function firstPartBytes(wishedBytes: number, expectedBytes: number | undefined): number {
  const needed = Math.ceil((expectedBytes ?? 0) / EVEN_PARTS / MIB) * MIB;
  return Math.min(Math.max(wishedBytes, needed, MIN_PART_BYTES), MAX_PART_BYTES);
}

/**
 * The size of part `partNumber` (from 1) after `sentBytes` in the parts before it. Half of the 10,000 parts have the first size; the
 * other half grow by 1/900 each, so that any object S3 can hold (5 TiB) fits, however wrong the estimate was.
 */
export function partBytes(partNumber: number, sentBytes: number, firstBytes: number): number {
  if (partNumber <= EVEN_PARTS) return firstBytes;
  return Math.min(Math.max(firstBytes, Math.ceil(sentBytes / GROWTH / MIB) * MIB), MAX_PART_BYTES);
}
