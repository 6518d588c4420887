import type { Shard } from "../model/shard.ts";
import type { ShardRead } from "../patterns/contract.ts";
import type { HeapTable, Source } from "../source/contract.ts";
import type { PlannedColumn } from "./contract.ts";
import type { LandingOptions } from "./options.ts";
import { shardRead } from "./shard-source.ts";
import { withPinnedIds } from "./table-plan/field-ids.ts";
import { checkPinned } from "./table-plan/pinned-schema.ts";
import { plannedColumns } from "./table-plan/planned-columns.ts";
import { planTable, type TablePlan } from "./table-plan/table-plan.ts";

export interface DescribedShard {
  readonly read: ShardRead;
  /** Where several connections read the whole shard by ranges; null for one connection. */
  readonly heap: HeapTable | null;
  readonly table: TablePlan;
  /** The columns of `table.fields`, in the same order, with the run's field ids where it has pinned some. */
  readonly columns: readonly PlannedColumn[];
}

/**
 * Asks the catalog what a shard would land. Reads no row of it.
 * @throws BronzeError when it can't land: QUERY_INVALID, CONFIG_INVALID (it can't be read by ranges, or has no such hash key),
 * COLUMN_MISSING, COLUMN_DUPLICATE, SCHEMA_DRIFT (it is not what the run pinned) …
 */
export async function describeShard(
  source: Source,
  shard: Shard,
  options: Pick<LandingOptions, "config" | "pattern" | "profile" | "parallelism" | "pinned">,
): Promise<DescribedShard> {
  const read = shardRead(shard, options);
  const { query } = read;
  const heap = options.parallelism > 1 ? await source.heapTable(query) : null;
  const table = planTable(query, await source.describe(query), options.config, options.profile);
  const columns = plannedColumns(table);
  if (options.pinned === null) return { read, heap, table, columns };
  checkPinned(options.pinned, columns);
  return { read, heap, table, columns: withPinnedIds(columns, options.pinned) };
}
