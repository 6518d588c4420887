import type { CommandSpec } from "../../command.ts";
import { LEDGER_FLAGS, OUTPUT_FLAGS } from "../../flags/groups.ts";

export const freshnessSpec: CommandSpec = {
  name: "freshness",
  summary: "how old what readers see is",
  description: [
    "Says which run readers of an object are on, and how long ago they were moved to it: from current.json alone, in one read. With",
    "--max-age it exits 1 when that is longer ago, or when nothing was ever published. In a job on AWS Batch its log line is the metric",
    "snapshot_age_seconds, which an alarm hears every day, also when no run ever begins.",
  ].join(" "),
  flags: [...LEDGER_FLAGS, "maxAge", ...OUTPUT_FLAGS],
  examples: [
    { line: "pg-bronze freshness --object parcel", does: "the run that readers see, and its age" },
    { line: "pg-bronze freshness --object parcel --max-age 35d || notify", does: "a check for a monitor" },
  ],
  load: async () => (await import("./action.ts")).freshnessAction,
};
