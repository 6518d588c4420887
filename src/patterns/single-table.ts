import { z } from "zod";
import { type ConfigWith, Sql } from "../config/object-config.ts";
import { type Loose, lookupPlaceholders, type Report, section, templateAt } from "../config/object-rules.ts";
import { CONFIG_PLACEHOLDERS } from "../config/template.ts";
import { BronzeError } from "../model/errors.ts";
import { parseShardId } from "../model/ids.ts";
import type { ShardSource } from "../model/shard.ts";
import { parseTableName } from "../model/table-name.ts";
import { configValues, outputKey } from "../plan/key.ts";
import { selectsAll } from "../plan/select.ts";
import type { Pattern } from "./contract.ts";
import { wholeShard } from "./whole-shard.ts";

const SOURCE = {
  table: z
    .string()
    .min(1, "is empty")
    .optional()
    .describe(
      'The table whose rows land, with its schema: shop.customers. Names with other characters are quoted: "Shop"."Orders".',
    ),
  query: Sql.optional().describe("The SELECT whose rows land, instead of a table. It runs exactly as written."),
};

/** `single_table`: one table, or one query verbatim from the config, is the one shard there is. */
export const singleTable: Pattern<ConfigWith<typeof SOURCE>> = {
  summary: "the rows of source.table or source.query land as one file.",
  source: SOURCE,
  rules,
  isSharded: false,
  async plan({ config, selection, snapshotDt }) {
    const { object, sink } = config;
    if (!selectsAll(selection)) {
      throw new BronzeError("USAGE", `${object} is a single table: there is nothing to choose from`, {
        hint: "Leave --geoid, --state and --table (GEOID, STATE_FILTER, TABLE) out.",
        context: { object },
      });
    }
    const shard = {
      id: parseShardId(shardName(object)),
      object,
      snapshotDt,
      source: sourceOf(config),
      key: outputKey(sink.key, configValues(config, snapshotDt)),
      values: {},
      estimatedRows: null,
    } as const;
    return { shards: [shard], rejected: [] };
  },
  read: wholeShard,
};

/** The object's name; where that is the name of a table, it may hold what a shard's may not. */
function shardName(object: string): string {
  return object
    .replace(/[^A-Za-z0-9_.-]/g, "_")
    .replace(/^[^A-Za-z0-9]/, "t$&")
    .slice(0, 100);
}

function sourceOf({ source: { table, query } }: ConfigWith<typeof SOURCE>): ShardSource {
  const name = table === undefined ? null : parseTableName(table);
  return name === null ? { kind: "query", sql: query! } : { kind: "table", ...name };
}

function rules(config: Loose, report: Report): void {
  sourceRules(section(config["source"]), report);
  const key = templateAt(section(config["sink"])["key"], [], () => {});
  const unknown = key === null ? [] : lookupPlaceholders(key);
  if (unknown.length === 0) return;
  const known = CONFIG_PLACEHOLDERS.map((name) => `{${name}}`).join(", ");
  report(["sink", "key"], `has {${unknown.join("}, {")}}, but a single table fills only ${known}`);
}

function sourceRules({ table, query }: Loose, report: Report): void {
  if (table === undefined && query === undefined) report(["source"], "needs a table, such as shop.customers, or a query");
  if (table !== undefined && query !== undefined) report(["source", "query"], "stands beside table: give one of them");
  if (typeof table === "string" && table !== "" && parseTableName(table) === null) {
    report(["source", "table"], 'is a schema and a table, such as shop.customers or "Shop"."Order Details"');
  }
}
