import type { CommandSpec } from "../../command.ts";
import { NAMED_RUN_FLAGS, OUTPUT_FLAGS } from "../../flags/groups.ts";

export const publishSpec: CommandSpec = {
  name: "publish",
  summary: "point readers to a run",
  description: [
    "Moves current.json of the object to a run, in one conditional put, when all its shards have landed. An older snapshot never takes",
    "the place of a newer one, and a run of some counties never that of one that holds more, unless --allow-partial says so.",
  ].join(" "),
  argument: { name: "[run]", help: "the run (default: the latest)" },
  flags: [...NAMED_RUN_FLAGS, "allowPartial", "allowShrink", ...OUTPUT_FLAGS],
  examples: [{ line: "pg-bronze publish 2026-11-30-0123456789 --allow-partial", does: "with holes, which current.json names" }],
  load: async () => (await import("./action.ts")).publishAction,
};
