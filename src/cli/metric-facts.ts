import type { Metrics } from "../submit/metrics.ts";
import type { CommandInput, Facts } from "./command.ts";

/** Figures of an object as facts of one line of the log, with what the logs of whoever runs this process want beside them. */
export async function metricFacts({ submitters, env }: CommandInput, object: string, metrics: Metrics): Promise<Facts> {
  if (Object.keys(metrics).length === 0) return { object };
  const host = submitters.find(({ jobVariable }) => jobVariable !== null && Boolean(env[jobVariable]));
  return { object, ...metrics, ...(await host?.load())?.metricFacts?.(metrics) };
}
