import type { CommandSpec } from "../../command.ts";
import { OUTPUT_FLAGS } from "../../flags/groups.ts";

export const initSpec: CommandSpec = {
  name: "init",
  argument: { name: "<tables...>", help: "tables to write a config for: shop.customers, 'shop.*'" },
  summary: "write configs for tables of your own",
  description: [
    "Looks at tables in the catalog and writes a config for each, config/<object>_extract_config.yaml: its columns with the types that land, hash keys from its",
    "primary key, where to land, and a line by which editors complete and check it; and an entry in config/registry.yaml, made where there is none. A file that is",
    "there stays as it is, unless --force says otherwise. No row is read.",
  ].join(" "),
  flags: ["exclude", "dsn", "sink", "force", "dryRun", ...OUTPUT_FLAGS],
  examples: [
    {
      line: "pg-bronze init shop.customers --to s3://bronze/shop",
      does: "a config to start from; then: pg-bronze extract -o customers",
    },
    { line: "pg-bronze init 'shop.*' --to ./out --dry-run", does: "what would be written, for all tables of a schema" },
  ],
  load: async () => (await import("./action.ts")).initAction,
};
