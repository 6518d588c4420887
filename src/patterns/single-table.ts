import type { ExtractRequest } from "../extract/contract.ts";
import { BronzeError } from "../model/errors.ts";
import type { ShardPlan } from "../plan/contract.ts";
import { selectsAll } from "../plan/select.ts";
import { planSingleTable } from "../plan/shards.ts";

/** `single_table`: one query, verbatim from the config, is the one shard there is. */
export async function planTableOnly({ config, selection, snapshotDt }: ExtractRequest): Promise<ShardPlan> {
  if (!selectsAll(selection)) {
    throw new BronzeError("USAGE", `${config.object} is a single table: it has no counties to choose from`, {
      hint: "Leave --geoid, --state and --table (GEOID, STATE_FILTER, TABLE) out.",
    });
  }
  return planSingleTable(config, snapshotDt);
}
