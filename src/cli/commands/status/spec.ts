import type { CommandSpec } from "../../command.ts";
import { NAMED_RUN_FLAGS, OUTPUT_FLAGS } from "../../flags/groups.ts";

export const statusSpec: CommandSpec = {
  name: "status",
  summary: "where a run stands",
  description: [
    "Which shards of a run have landed, are under way, failed and why, or are missing: from the ledger, with AWS Batch's own reasons",
    "beside where it ran there. Exits 1 when a shard failed or its process was lost.",
  ].join(" "),
  argument: { name: "[run]", help: "the run (default: the latest)" },
  flags: [...NAMED_RUN_FLAGS, ...OUTPUT_FLAGS],
  examples: [
    { line: "pg-bronze status", does: "the latest run of parcel" },
    { line: "pg-bronze status 2026-11-30-0123456789 --json | jq .totals", does: "one run in figures" },
  ],
  load: async () => (await import("./action.ts")).statusAction,
};
