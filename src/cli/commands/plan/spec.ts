import type { CommandSpec } from "../../command.ts";
import { OUTPUT_FLAGS, PLAN_FLAGS } from "../../flags/groups.ts";

export const planSpec: CommandSpec = {
  name: "plan",
  summary: "plan a run: shards, sizes, schema, cost",
  description: [
    "Asks the source's lookup and catalog which shards a run has, how large they are, and whether all their tables have one schema,",
    "which the run then pins. The plan is written to the ledger; submit-local and submit-aws go by it. No rows are read.",
    "Without a choice it takes every county. Exits 1 when a shard would fail as things stand.",
  ].join(" "),
  flags: [...PLAN_FLAGS, "pack", "dryRun", ...OUTPUT_FLAGS],
  examples: [
    { line: "pg-bronze plan --object parcel --dry-run", does: "what a national run would be and cost; writes nothing" },
    { line: "pg-bronze plan --state MI,OH,IN,IL --since-refresh", does: "the counties of four states that have newer data" },
  ],
  load: async () => (await import("./action.ts")).planAction,
};
