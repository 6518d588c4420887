import { flag } from "./flag.ts";
import { oneOf, truth } from "./values.ts";

/** Flags of submit-aws alone. */
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
} as const;
