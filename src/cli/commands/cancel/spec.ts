import type { CommandSpec } from "../../command.ts";
import { NAMED_RUN_FLAGS, OUTPUT_FLAGS } from "../../flags/groups.ts";

export const cancelSpec: CommandSpec = {
  name: "cancel",
  summary: "end a run; what landed stays",
  description: [
    "Tells the ledger that nobody may begin a shard of the run any more, takes the claims of those under way, which stop at their next",
    "heartbeat (40 s), and terminates the jobs of AWS Batch. What has landed stays; retry takes the run up again.",
  ].join(" "),
  argument: { name: "<run>", help: "the run" },
  flags: [...NAMED_RUN_FLAGS, ...OUTPUT_FLAGS],
  examples: [{ line: "pg-bronze cancel 2026-11-30-0123456789", does: "stops the run wherever it is" }],
  load: async () => (await import("./action.ts")).cancelAction,
};
