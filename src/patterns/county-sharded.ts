import { z } from "zod";
import { type ConfigWith, Sql } from "../config/object-config.ts";
import { type Loose, lookupPlaceholders, type Report, section, templateAt } from "../config/object-rules.ts";
import { planShards } from "../plan/shards.ts";
import type { Pattern } from "./contract.ts";
import { wholeShard } from "./whole-shard.ts";

const SOURCE = {
  shards: Sql.describe(
    "The lookup. One row per shard; its columns fill the placeholders of table and sink.key. geoid, admin1, total_objects and last_refresh have meanings of their own.",
  ),
  table: z.string().min(1, "is empty").describe("The table of one shard, with its schema, such as public.{table_name}."),
  id: z
    .string()
    .min(1, "is empty")
    .optional()
    .describe("Column of the lookup that names a shard in ledger and messages. When not given: geoid, else the table's name."),
};

/** `county_sharded`: the config's lookup names the tables, the selection picks among them, and each becomes a shard. */
export const countySharded: Pattern<ConfigWith<typeof SOURCE>> = {
  summary: "one table per row of source.shards, and one file per table.",
  source: SOURCE,
  rules,
  isSharded: true,
  async plan({ config, selection, snapshotDt, lookup }) {
    return planShards(config, await lookup(config.source.shards), selection, snapshotDt);
  },
  read: wholeShard,
};

function rules(config: Loose, report: Report): void {
  tableRules(section(config["source"])["table"], report);
  const key = templateAt(section(config["sink"])["key"], [], () => {});
  if (key !== null && lookupPlaceholders(key).length === 0) {
    report(["sink", "key"], "is one key for all shards: take a column of source.shards, such as {table_name}");
  }
}

function tableRules(table: unknown, report: Report): void {
  const path = ["source", "table"];
  const parts = templateAt(table, path, report);
  if (parts === null) return;
  const literal = parts.map((part) => ("text" in part ? part.text : "x")).join("");
  if (!/^[\p{L}_][\p{L}\p{N}_$]*\.[\p{L}_][\p{L}\p{N}_$]*$/u.test(literal)) {
    report(path, "is a schema and a table, such as public.{table_name}");
  }
  if (lookupPlaceholders(parts).length === 0) {
    report(path, "is one table for all shards: take a column of source.shards, such as public.{table_name}");
  }
}
