import { flag } from "./flag.ts";
import { oneOf, truth, wholeNumber } from "./values.ts";

/** Flags of what concerns AWS alone. */
export const AWS_FLAGS = {
  mode: flag({
    long: "mode",
    value: "<array|individual>",
    env: "BATCH_MODE",
    group: "Run",
    help: "one array job for each size class, or a job for each county (default: array)",
    details:
      "Individual jobs are submitted one by one, at most 50 a second: a national run takes more than a minute to hand over.",
    example: "--mode individual",
    parse: oneOf("array", "individual"),
  }),
  wait: flag({
    long: "wait",
    value: null,
    env: "WAIT",
    group: "Run",
    help: "follow the jobs to their end, and exit 0 when all landed, else 1",
    details: "Ctrl-C ends the watching, not the jobs. Said again, it watches the same run; nothing is submitted twice.",
    example: "--wait",
    parse: truth,
  }),
  tail: flag({
    long: "tail",
    value: "<n>",
    env: "PG_BRONZE_TAIL",
    group: "Output",
    help: "only the last lines of the log; 0 for none (default: all)",
    details: "Of all attempts together: a job that failed says why in its last ones.",
    example: "--tail 50",
    parse: wholeNumber(0, 1_000_000),
  }),
} as const;
