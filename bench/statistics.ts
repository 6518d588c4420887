/** Middle value, or the mean of the two in the middle; null of nothing. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Smallest value; null of nothing. */
export function minimum(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values);
}

/**
 * Median of the ratios within each round: what slowed a whole round down (a throttled machine, a cold cache) then cancels out,
 * which it wouldn't in a ratio of medians. Rounds in which either is missing don't count; null when none is left.
 */
export function medianRatio(values: readonly (number | null)[], bases: readonly (number | null)[]): number | null {
  const ratios = values.flatMap((value, round) => {
    const base = bases[round];
    return value === null || base === null || base === undefined || base === 0 ? [] : [value / base];
  });
  return median(ratios);
}

/** The list with its first `by` items moved to the end: who begins changes from round to round. */
export function rotated<T>(items: readonly T[], by: number): T[] {
  const shift = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(shift), ...items.slice(0, shift)];
}

/** The values that are known. */
export function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}
