/** Every figure that a job says of itself, or whoever follows a run says of the run, and its unit. docs/operating.md explains them. */
export const METRICS = {
  rows: "Count",
  bytes: "Bytes",
  seconds: "Seconds",
  retries: "Count",
  peak_memory: "Bytes",
  failed: "Count",
  waited_seconds: "Seconds",
  published: "Count",
  incomplete: "Count",
  stalled_seconds: "Seconds",
  snapshot_age_seconds: "Seconds",
} as const;

export type Metrics = { readonly [Name in keyof typeof METRICS]?: number };
