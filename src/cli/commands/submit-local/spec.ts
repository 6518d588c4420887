import type { CommandSpec } from "../../command.ts";
import { LOCAL_FLAGS, OUTPUT_FLAGS, PLAN_FLAGS, PUBLISH_FLAGS } from "../../flags/groups.ts";

export const submitLocalSpec: CommandSpec = {
  name: "submit-local",
  summary: "land a run of many counties on this machine",
  description: [
    "Plans a run, or goes on with it, and lands its shards here, some at once. A shard that fails is recorded with its reason and",
    "leaves the others alone; what has landed is passed over. Once all have landed, current.json moves to the run. Without a choice",
    "it takes what the registry has as the object's default_selection (of parcel: three counties of Texas); --all takes every one.",
  ].join(" "),
  flags: [...PLAN_FLAGS, ...LOCAL_FLAGS, ...PUBLISH_FLAGS, "dryRun", ...OUTPUT_FLAGS],
  examples: [
    { line: "pg-bronze submit-local --sink file:///tmp/bronze", does: "three counties of Texas into a folder" },
    { line: "pg-bronze submit-local --all --jobs 8 --max-connections 4", does: "every county, four at a time" },
    { line: "pg-bronze submit-local --object verse --engine docker", does: "a single table in its container" },
  ],
  load: async () => (await import("./action.ts")).submitLocalAction,
};
