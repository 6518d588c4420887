import { flag } from "./flag.ts";
import { duration, truth, wholeNumber } from "./values.ts";

/** Flags of `gc`. */
export const GC_FLAGS = {
  delete: flag({
    long: "delete",
    value: null,
    env: "PG_BRONZE_GC_DELETE",
    group: "What to delete",
    help: "delete what is found; otherwise it is only printed",
    details: "Nothing brings it back, but for a bucket with versions.",
    example: "--delete",
    parse: truth,
  }),
  olderThan: flag({
    long: "older-than",
    value: "<time>",
    env: "PG_BRONZE_GC_OLDER_THAN",
    group: "What to delete",
    help: "only objects older than this, by the store's clock (default: 24h)",
    details: "90m, 24h, 7d. A landing that is under way is safe whatever its age.",
    example: "--older-than 7d",
    parse: duration,
  }),
  keepRuns: flag({
    long: "keep-runs",
    value: "<n>",
    env: "PG_BRONZE_GC_KEEP_RUNS",
    group: "What to delete",
    help: "so many of the newest runs keep their documents (default: 50)",
    details: "So do the published and the latest run, and all of the last 30 days.",
    example: "--keep-runs 100",
    parse: wholeNumber(1, 100_000),
  }),
  foreign: flag({
    long: "foreign",
    value: null,
    env: "PG_BRONZE_GC_FOREIGN",
    group: "What to delete",
    help: "with --delete, also delete objects that no landing here wrote",
    details: "Another tool may need them: look at the list first.",
    example: "--foreign",
    parse: truth,
  }),
} as const;
