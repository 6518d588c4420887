import type { ExtractRequest } from "../extract/contract.ts";
import { openJobSource, type SourceAccess } from "../extract/shard-source.ts";
import type { ShardPlan } from "../plan/contract.ts";
import { planShards } from "../plan/shards.ts";

/** `county_sharded`: the config's lookup names the counties, the selection picks among them, and each becomes a shard. */
export async function planCountySharded(
  { config, selection, snapshotDt }: ExtractRequest,
  job: SourceAccess,
): Promise<ShardPlan> {
  const source = await openJobSource("plan", job);
  try {
    const rows = await source.lookup(config.source.shards!);
    return planShards(config, rows, selection, snapshotDt);
  } finally {
    await source.close();
  }
}
