import { availableParallelism } from "node:os";
import type { LandingOptions } from "../options.ts";
import type { TablePlan } from "../table-plan/table-plan.ts";

/**
 * How many threads encode a table of more than one slab. One keeps pace with a server that sends without pause, unless it makes hash
 * keys too: on two cores, the server among them, 500,000 parcels with both keys take 5.0 s with one thread and 4.2 s with two; without
 * keys 3.5 and 3.7 s. A lone core gains nothing from a second thread, and shards that run at once have the cores between them.
 */
export function encoderThreads(
  options: Pick<LandingOptions, "threads" | "shardsAtOnce">,
  table: Pick<TablePlan, "hashKeys">,
  cores = availableParallelism(),
): number {
  if (options.threads !== "auto") return options.threads;
  if (cores < 2) return 0;
  return table.hashKeys !== null && cores >= 2 * options.shardsAtOnce ? 2 : 1;
}
