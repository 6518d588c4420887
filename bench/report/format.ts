/** Numbers for people. A null is a dash: not known, or not measured. */

const DASH = "–";

export function seconds(ms: number | null): string {
  return ms === null ? DASH : (ms / 1000).toFixed(ms < 10_000 ? 2 : 1);
}

export function megabytes(bytes: number | null): string {
  return bytes === null ? DASH : (bytes / 1e6).toFixed(bytes < 10e6 ? 2 : 0);
}

export function mebibytes(bytes: number | null): string {
  return bytes === null ? DASH : (bytes / (1 << 20)).toFixed(0);
}

export function ratio(value: number | null): string {
  return value === null ? DASH : value.toFixed(2);
}

/** 6,001,215 */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
