/** When a run was planned, by the store's clock. */
export interface Planned {
  readonly run: string;
  readonly planned_at: string;
}

/** Orders runs by when they were planned; of two in the same millisecond by name, so that the order is total. Negative: `a` is the earlier one. */
export function comparePlans(a: Planned, b: Planned): number {
  return compareText(a.planned_at, b.planned_at) || compareText(a.run, b.run);
}

/** Orders snapshots: by day, then by when they were planned. */
export function compareSnapshots(
  a: Planned & { readonly snapshot_dt: string },
  b: Planned & { readonly snapshot_dt: string },
): number {
  return compareText(a.snapshot_dt, b.snapshot_dt) || comparePlans(a, b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
