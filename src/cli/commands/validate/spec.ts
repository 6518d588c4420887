import type { CommandSpec } from "../../command.ts";
import { NAMED_RUN_FLAGS, OUTPUT_FLAGS } from "../../flags/groups.ts";

export const validateSpec: CommandSpec = {
  name: "validate",
  summary: "prove what landed",
  description: [
    "Reads every value of every target back and compares it with the file's footer and statistics, its manifest, the hash keys and",
    "the GeoParquet metadata. Targets are files, folders, s3:// or file:// addresses and prefixes, or keys below --sink; --object",
    "takes all that its latest run landed. Nothing is written.",
  ].join(" "),
  argument: { name: "[targets...]", help: "files, folders, addresses, or keys below --sink; - reads them from stdin" },
  flags: [...NAMED_RUN_FLAGS, "extractDate", "parallel", "filesFrom", "results", "stopOnError", "unique", ...OUTPUT_FLAGS],
  examples: [
    { line: "pg-bronze validate --object parcel --sink file:///tmp/bronze", does: "everything that the latest run landed" },
    { line: "pg-bronze validate s3://bucket/linode/dataset=parcel/ --parallel 4", does: "every Parquet file below a prefix" },
  ],
  load: async () => (await import("./action.ts")).validateAction,
};
