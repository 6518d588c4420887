import type { CommandSpec } from "../../command.ts";
import { LEDGER_FLAGS, OUTPUT_FLAGS } from "../../flags/groups.ts";

export const doctorSpec: CommandSpec = {
  name: "doctor",
  summary: "check that everything a run needs can be reached",
  description: [
    "Checks, one line each: Node.js, config, connection string, connection and TLS, the role's access to the lookup and to one table,",
    "writing, aborting and deleting in the sink, whether it keeps the conditions that landing rests on, the clock, and the Batch queue and",
    "job definition. What fails says what to do; a warning says what follows.",
    "Leaves nothing behind. Exits 1 when something fails.",
  ].join(" "),
  flags: [...LEDGER_FLAGS, "geoid", "table", "dsn", ...OUTPUT_FLAGS],
  examples: [
    { line: "pg-bronze doctor", does: "everything that a run of parcel needs" },
    { line: "pg-bronze doctor --object verse --sink file:///tmp/bronze", does: "a single table into a folder; AWS isn't asked" },
  ],
  load: async () => (await import("./action.ts")).doctorAction,
};
