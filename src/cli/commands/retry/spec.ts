import type { CommandSpec } from "../../command.ts";
import { BATCH_FLAGS, LOCAL_FLAGS, NAMED_RUN_FLAGS, OUTPUT_FLAGS, PUBLISH_FLAGS } from "../../flags/groups.ts";

export const retrySpec: CommandSpec = {
  name: "retry",
  summary: "submit what failed or is missing",
  description: [
    "Goes on with a run where it was submitted before: only shards that failed, are missing, or whose process was lost. Landed ones",
    "are left alone, and so are those that somebody works on. It also takes what failed for good: somebody has mended it. A county that ran",
    "out of memory gets the next size class. A cancelled run is taken up again, though its old jobs may not have ended yet.",
  ].join(" "),
  argument: { name: "[run]", help: "the run (default: the latest)" },
  flags: [...NAMED_RUN_FLAGS, "dsn", ...LOCAL_FLAGS, ...BATCH_FLAGS, ...PUBLISH_FLAGS, ...OUTPUT_FLAGS],
  examples: [
    { line: "pg-bronze retry", does: "the latest run of parcel, where it ran before" },
    { line: "pg-bronze retry 2026-11-30-0123456789 --engine local", does: "finish here what AWS Batch began" },
  ],
  load: async () => (await import("./action.ts")).retryAction,
};
