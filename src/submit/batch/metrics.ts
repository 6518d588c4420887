import { METRICS, type Metrics } from "../metrics.ts";

/**
 * What makes CloudWatch Logs take the figures of a line for metrics, by the line's `object`.
 * Source: CloudWatch user guide, "Specification: Embedded metric format".
 */
export function embeddedMetrics(metrics: Metrics): { readonly _aws: object } {
  const Metrics = Object.keys(metrics).map((Name) => ({ Name, Unit: METRICS[Name as keyof Metrics] }));
  return {
    _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: "pg-bronze", Dimensions: [["object"]], Metrics }] },
  };
}
