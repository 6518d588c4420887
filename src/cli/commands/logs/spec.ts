import type { CommandSpec } from "../../command.ts";
import { LEDGER_FLAGS, OUTPUT_FLAGS } from "../../flags/groups.ts";

export const logsSpec: CommandSpec = {
  name: "logs",
  summary: "what is known of one shard of a run",
  description:
    "The claim, the last error and the manifest of a shard from the ledger, and what AWS Batch, or where else it was submitted, knows of it: its state, and where its log is.",
  argument: { name: "<run-and-shard...>", help: "the run and the shard's name, a county's geoid" },
  flags: [...LEDGER_FLAGS, ...OUTPUT_FLAGS],
  examples: [{ line: "pg-bronze logs 2026-11-30-0123456789 48113", does: "how Dallas county fared" }],
  load: async () => (await import("./action.ts")).logsAction,
};
