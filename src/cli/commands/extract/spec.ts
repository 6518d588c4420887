import type { CommandSpec } from "../../command.ts";
import {
  JOB_FLAGS,
  LANDING_FLAGS,
  OBJECT_FLAGS,
  OUTPUT_FLAGS,
  PROCESS_FLAGS,
  SELECTION_FLAGS,
  TABLE_FLAGS,
} from "../../flags/groups.ts";

export const extractSpec: CommandSpec = {
  name: "extract",
  argument: { name: "[tables...]", help: "tables to land without a config: shop.customers, 'shop.*'; needs --to" },
  summary: "land tables of an object as Parquet",
  description: [
    "Lands tables that are named, or each chosen county of an object, or its single table, as one Parquet file each, with a manifest in the ledger. Each extract is a",
    "planned run of its own, which status, runs and publish know; readers are not moved to it. The source is only read, in one snapshot",
    "for each shard. A file appears whole or not at all; landing the same shard and date again replaces it, and says whose file it was.",
    "A shard that fails doesn't stop the others.",
  ].join(" "),
  flags: [
    ...OBJECT_FLAGS,
    ...SELECTION_FLAGS,
    ...TABLE_FLAGS,
    "extractDate",
    "dsn",
    "sink",
    "run",
    ...JOB_FLAGS,
    "replace",
    "noPublish",
    ...LANDING_FLAGS,
    "jobs",
    ...PROCESS_FLAGS,
    "dryRun",
    ...OUTPUT_FLAGS,
  ],
  examples: [
    { line: "pg-bronze extract shop.customers --to ./out", does: "one table into a folder; DATABASE_URL or PG* say where it is" },
    { line: "pg-bronze extract 'shop.*' --exclude 'shop.tmp_*' --to s3://bronze/shop --jobs 4", does: "all tables of a schema" },
    { line: "pg-bronze extract --object parcel --geoid 48113,48201", does: "two counties into the config's bucket" },
    { line: "pg-bronze extract --object parcel --state TX --dry-run", does: "what would land, with columns and keys" },
    { line: "pg-bronze extract --run 2026-11-30-0123456789 --shard 48113", does: "one shard of a planned run, as its jobs do" },
    {
      line: "pg-bronze extract --object verse --sink file:///tmp/bronze --json",
      does: "a single table into a folder, the outcome as JSON",
    },
  ],
  load: async () => (await import("./action.ts")).extractAction,
};
