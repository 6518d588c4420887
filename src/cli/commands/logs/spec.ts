import type { CommandSpec } from "../../command.ts";
import { LEDGER_FLAGS, OUTPUT_FLAGS } from "../../flags/groups.ts";

export const logsSpec: CommandSpec = {
  name: "logs",
  summary: "what is known of one shard of a run, and its job's log",
  description: [
    "The claim, the last error and the manifest of a shard from the ledger; what AWS Batch knows of its job, where it ran there; and the",
    "lines that all attempts of that job wrote, from CloudWatch. Where they can't be read it says why, and where they are.",
  ].join(" "),
  argument: { name: "<run-and-shard...>", help: "the run and the shard's name, a county's geoid; also as RUN/SHARD" },
  flags: [...LEDGER_FLAGS, "tail", ...OUTPUT_FLAGS],
  examples: [
    { line: "pg-bronze logs 2026-11-30-0123456789 48113", does: "how Dallas county fared, and its whole log" },
    { line: "pg-bronze logs 2026-11-30-0123456789/48113 --tail 20", does: "the last lines alone" },
  ],
  load: async () => (await import("./action.ts")).logsAction,
};
