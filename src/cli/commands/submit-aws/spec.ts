import type { CommandSpec } from "../../command.ts";
import { BATCH_FLAGS, OUTPUT_FLAGS, PLAN_FLAGS, PUBLISH_FLAGS } from "../../flags/groups.ts";

export const submitAwsSpec: CommandSpec = {
  name: "submit-aws",
  summary: "land a run on AWS Batch, one job per county",
  description: [
    "Plans a run, writes it to the ledger, and submits it to the registry's queue and job definition: an array job for each size class,",
    "a child for each county. Said again, or by two at once, it goes on with the same run: jobs under way are left alone, and only what is",
    "missing or may succeed the next time is submitted; what failed for good waits for retry. With --wait it follows the jobs, and submits",
    "again what is worth it, three times in all: a county that ran out of memory in the next size class. The job that lands the last shard",
    "moves current.json to the run.",
  ].join(" "),
  flags: [...PLAN_FLAGS, ...BATCH_FLAGS, ...PUBLISH_FLAGS, "dryRun", ...OUTPUT_FLAGS],
  examples: [
    { line: "STATE_FILTER=MI,OH,IN,IL submit-aws --wait", does: "four states, followed to the end" },
    { line: "submit-aws --object verse", does: "a single table, as one job" },
    { line: "submit-aws --state TX --dry-run", does: "the exact SubmitJob inputs as JSON; submits and writes nothing" },
  ],
  load: async () => (await import("./action.ts")).submitAwsAction,
};
