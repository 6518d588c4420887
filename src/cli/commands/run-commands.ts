import type { CommandSpec } from "../command.ts";
import type { FlagName } from "../flags/flags.ts";
import { TALK_FLAGS } from "./plan/spec.ts";
import { LOCAL_FLAGS } from "./submit-local/spec.ts";

const LEDGER_FLAGS: readonly FlagName[] = ["object", "config", "sink", "run"];
const RUN_ARGUMENT = { name: "[run]", help: "the run (default: the latest)" };

export const statusSpec: CommandSpec = {
  name: "status",
  summary: "where a run stands",
  description: [
    "Which shards of a run have landed, are under way, failed and why, or are missing: from the ledger, with AWS Batch's own reasons",
    "beside where it ran there. Exits 1 when a shard failed or its process was lost.",
  ].join(" "),
  argument: RUN_ARGUMENT,
  flags: [...LEDGER_FLAGS, ...TALK_FLAGS],
  examples: [
    { line: "pg-bronze status", does: "the latest run of parcel" },
    { line: "pg-bronze status 2026-11-30-0123456789 --json | jq .totals", does: "one run in figures" },
  ],
  load: async () => (await import("./status/action.ts")).statusAction,
};

export const runsSpec: CommandSpec = {
  name: "runs",
  summary: "list the runs of an object",
  description:
    "The runs that the ledger knows, newest snapshot first, with what landed of each, and which one readers are pointed to.",
  flags: [...LEDGER_FLAGS.filter((name) => name !== "run"), ...TALK_FLAGS],
  examples: [{ line: "pg-bronze runs --object verse --sink file:///tmp/bronze", does: "all runs of verse in a folder" }],
  load: async () => (await import("./status/action.ts")).runsAction,
};

export const retrySpec: CommandSpec = {
  name: "retry",
  summary: "submit what failed or is missing",
  description: [
    "Goes on with a run where it was submitted before: only shards that failed, are missing, or whose process was lost. Landed ones",
    "are left alone, and so are those that somebody works on. A cancelled run is taken up again.",
  ].join(" "),
  argument: RUN_ARGUMENT,
  flags: [...LEDGER_FLAGS, "dsn", ...LOCAL_FLAGS, "mode", "pack", "wait", ...TALK_FLAGS],
  examples: [
    { line: "pg-bronze retry", does: "the latest run of parcel, where it ran before" },
    { line: "pg-bronze retry 2026-11-30-0123456789 --engine local", does: "finish here what AWS Batch began" },
  ],
  load: async () => (await import("./retry/action.ts")).retryAction,
};

export const cancelSpec: CommandSpec = {
  name: "cancel",
  summary: "end a run; what landed stays",
  description: [
    "Tells the ledger that nobody may begin a shard of the run any more, takes the claims of those under way, which stop at their next",
    "heartbeat (40 s), and terminates the jobs of AWS Batch. What has landed stays; retry takes the run up again.",
  ].join(" "),
  argument: { name: "<run>", help: "the run" },
  flags: [...LEDGER_FLAGS, ...TALK_FLAGS],
  examples: [{ line: "pg-bronze cancel 2026-11-30-0123456789", does: "stops the run wherever it is" }],
  load: async () => (await import("./retry/action.ts")).cancelAction,
};

export const publishSpec: CommandSpec = {
  name: "publish",
  summary: "point readers to a run",
  description: [
    "Moves current.json of the object to a run, in one conditional put, when all its shards have landed. An older snapshot never takes",
    "the place of a newer one, and a run of some counties never that of one that holds more, unless --allow-partial says so.",
  ].join(" "),
  argument: RUN_ARGUMENT,
  flags: [...LEDGER_FLAGS, "allowPartial", ...TALK_FLAGS],
  examples: [{ line: "pg-bronze publish 2026-11-30-0123456789 --allow-partial", does: "with holes, which current.json names" }],
  load: async () => (await import("./publish/action.ts")).publishAction,
};

export const logsSpec: CommandSpec = {
  name: "logs",
  summary: "what is known of one shard of a run",
  description: "The claim, the last error and the manifest of a shard from the ledger, and where AWS Batch keeps its log.",
  argument: { name: "<run-and-shard...>", help: "the run and the shard's name, a county's geoid" },
  flags: [...LEDGER_FLAGS.filter((name) => name !== "run"), ...TALK_FLAGS],
  examples: [{ line: "pg-bronze logs 2026-11-30-0123456789 48113", does: "how Dallas county fared" }],
  load: async () => (await import("./status/action.ts")).logsAction,
};

/** Commands about runs that are planned already. */
export const RUN_COMMANDS: readonly CommandSpec[] = [statusSpec, runsSpec, retrySpec, cancelSpec, publishSpec, logsSpec];
