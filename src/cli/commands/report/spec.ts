import type { CommandSpec } from "../../command.ts";
import { NAMED_RUN_FLAGS, OUTPUT_FLAGS } from "../../flags/groups.ts";

export const reportSpec: CommandSpec = {
  name: "report",
  summary: "write a page that shows a run",
  description: [
    "Writes one HTML page about a run: a map of its counties by status, rows, bytes, duration and change since the run before, failures with",
    "their reasons, timings, and a table of all shards. The page opens from disk and loads nothing. It reads the ledger alone, and shows",
    "the run as it stands now.",
  ].join(" "),
  argument: { name: "[run]", help: "the run's id (default: the latest run of the object)" },
  flags: [...NAMED_RUN_FLAGS, "out", ...OUTPUT_FLAGS],
  examples: [
    { line: "pg-bronze report --object parcel --out run.html", does: "the latest run" },
    { line: "pg-bronze report 2026-11-30-b1946ac92e --out run.html", does: "a certain one" },
  ],
  load: async () => (await import("./action.ts")).reportAction,
};
