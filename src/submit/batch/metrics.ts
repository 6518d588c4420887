import type { JobMetrics } from "../contract.ts";

const UNITS = { rows: "Count", bytes: "Bytes", seconds: "Seconds", retries: "Count", peak_memory: "Bytes" } as const;

/**
 * What makes CloudWatch Logs take the {@link JobMetrics} of a line for metrics, by object.
 * Source: CloudWatch user guide, "Specification: Embedded metric format".
 */
export function embeddedMetrics(): { readonly _aws: object } {
  const Metrics = Object.entries(UNITS satisfies Record<Exclude<keyof JobMetrics, "object">, string>);
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        { Namespace: "pg-bronze", Dimensions: [["object"]], Metrics: Metrics.map(([Name, Unit]) => ({ Name, Unit })) },
      ],
    },
  };
}
