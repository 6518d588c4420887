import type { CommandSpec } from "../../command.ts";
import { NAMED_RUN_FLAGS, OUTPUT_FLAGS } from "../../flags/groups.ts";

export const statusSpec: CommandSpec = {
  name: "status",
  summary: "where a run stands",
  description: [
    "Which shards of a run have landed, are under way, failed and why, or are missing: from the ledger, with AWS Batch's own reasons",
    "beside where it ran there. --check also compares the objects with their manifests: size and etag, by listings and HEADs alone;",
    "validate reads them. Exits 1 when a shard failed, its process was lost, or an object is missing or changed.",
  ].join(" "),
  argument: { name: "[run]", help: "the run (default: the latest)" },
  flags: [...NAMED_RUN_FLAGS, "check", ...OUTPUT_FLAGS],
  examples: [
    { line: "pg-bronze status", does: "the latest run of parcel" },
    { line: "pg-bronze status 2026-11-30-0123456789 --json | jq .totals", does: "one run in figures" },
    { line: "pg-bronze status --check", does: "and whether its objects are there and unchanged" },
  ],
  load: async () => (await import("./action.ts")).statusAction,
};
