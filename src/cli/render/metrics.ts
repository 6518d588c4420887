import type { Facts } from "../command.ts";

export interface JobMetrics {
  readonly rows: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly retries: number;
}

const UNITS = { rows: "Count", bytes: "Bytes", seconds: "Seconds", retries: "Count", peak_memory: "Bytes" } as const;

/**
 * Figures of a job as facts of one log line, from which CloudWatch Logs makes metrics by itself, by object. Elsewhere they are facts like
 * others. Source: CloudWatch user guide, "Specification: Embedded metric format".
 */
export function embeddedMetrics(object: string, metrics: JobMetrics): Facts {
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: "pg-bronze",
          Dimensions: [["object"]],
          Metrics: Object.entries(UNITS).map(([Name, Unit]) => ({ Name, Unit })),
        },
      ],
    },
    object,
    ...metrics,
    peak_memory: process.resourceUsage().maxRSS * 1024,
  };
}
