import { type ObjectConfig, objectConfigSchema } from "../config/object-config.ts";
import { BronzeError } from "../model/errors.ts";
import type { Shard } from "../model/shard.ts";
import type { Pattern, ShardRead } from "./contract.ts";
import { countySharded } from "./county-sharded.ts";
import { singleTable } from "./single-table.ts";

/** Patterns by the name that a config says as `extract_pattern`. */
export type Patterns = Readonly<Record<string, Pattern>>;

/** All patterns there are. */
export const PATTERNS: Patterns = {
  county_sharded: countySharded,
  single_table: singleTable,
};

/** The schema of `config/<object>_extract_config.yaml`. */
export const ObjectConfigSchema = objectConfigSchema(PATTERNS);

/** @throws BronzeError CONFIG_INVALID for a config that was made for another table of patterns */
export function patternOf({ object, extract_pattern: name }: ObjectConfig, patterns: Patterns = PATTERNS): Pattern {
  const pattern = Object.hasOwn(patterns, name) ? patterns[name] : undefined;
  if (pattern !== undefined) return pattern;
  throw new BronzeError(
    "CONFIG_INVALID",
    `${object} has the extract_pattern ${name}, which is none of ${Object.keys(patterns).join(", ")}`,
    {
      context: { object, key: "extract_pattern" },
    },
  );
}

/** How a shard of a plan is read. */
export function shardRead(shard: Shard, config: ObjectConfig, patterns: Patterns = PATTERNS): ShardRead {
  return patternOf(config, patterns).read(shard, config);
}
