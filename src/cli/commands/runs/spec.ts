import type { CommandSpec } from "../../command.ts";
import { LEDGER_FLAGS, OUTPUT_FLAGS } from "../../flags/groups.ts";

export const runsSpec: CommandSpec = {
  name: "runs",
  summary: "list the runs of an object",
  description:
    "The runs that the ledger knows, newest snapshot first, with what landed of each, and which one readers are pointed to.",
  flags: [...LEDGER_FLAGS, ...OUTPUT_FLAGS],
  examples: [{ line: "pg-bronze runs --object verse --sink file:///tmp/bronze", does: "all runs of verse in a folder" }],
  load: async () => (await import("./action.ts")).runsAction,
};
