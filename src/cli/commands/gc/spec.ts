import type { CommandSpec } from "../../command.ts";
import { LEDGER_FLAGS, OUTPUT_FLAGS } from "../../flags/groups.ts";

export const gcSpec: CommandSpec = {
  name: "gc",
  summary: "find, and delete, what no manifest vouches for",
  description: [
    "Finds objects below the object's data folder that no manifest names, landing records that failed attempts of vanished runs left, and",
    "the documents of old runs. Prints them, why each, and their bytes; deletes nothing without --delete. Never touches what a manifest, an",
    "open intent, current.json or a live claim names, nor what any other object of the sink has landed. An object is deleted under the claim",
    "of its key, and only as it was found. Objects that no landing here wrote are listed apart. Exits 1 when something could not be deleted.",
  ].join(" "),
  flags: [...LEDGER_FLAGS, "delete", "olderThan", "keepRuns", "foreign", ...OUTPUT_FLAGS],
  examples: [
    { line: "pg-bronze gc", does: "what could go, of parcel; deletes nothing" },
    { line: "pg-bronze gc --object verse --sink file:///tmp/bronze --delete", does: "deletes it" },
  ],
  load: async () => (await import("./action.ts")).gcAction,
};
