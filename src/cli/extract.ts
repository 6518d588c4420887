import type { CommandSpec } from "./command.ts";

export const extractSpec: CommandSpec = {
  name: "extract",
  summary: "land tables of an object as Parquet",
  description: [
    "Lands each chosen county of an object, or its single table, as one Parquet file, and a manifest beside it in the ledger.",
    "The source is only read, in one snapshot for each shard. A file appears whole or not at all, and landing the same shard and",
    "date again replaces it. A shard that fails doesn't stop the others.",
  ].join(" "),
  flags: [
    "object",
    "config",
    "geoid",
    "table",
    "state",
    "all",
    "extractDate",
    "dsn",
    "sink",
    "run",
    "profile",
    "transport",
    "threads",
    "parallelism",
    "compression",
    "compressionLevel",
    "rowGroupBytes",
    "dryRun",
    "json",
    "logFormat",
    "logLevel",
    "debug",
  ],
  examples: [
    { line: "pg-bronze extract --object parcel --geoid 48113,48201", does: "two counties into the config's bucket" },
    { line: "pg-bronze extract --object parcel --state TX --dry-run", does: "what would land, with columns and keys" },
    {
      line: "pg-bronze extract --object verse --sink file:///tmp/bronze --json",
      does: "a single table into a folder, the outcome as JSON",
    },
  ],
  load: async () => (await import("./extract-action.ts")).extractAction,
};
