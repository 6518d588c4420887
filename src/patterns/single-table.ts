import { type ConfigWith, Sql } from "../config/object-config.ts";
import { type Loose, lookupPlaceholders, type Report, section, templateAt } from "../config/object-rules.ts";
import { CONFIG_PLACEHOLDERS } from "../config/template.ts";
import { BronzeError } from "../model/errors.ts";
import { parseShardId } from "../model/ids.ts";
import { configValues, outputKey } from "../plan/key.ts";
import { selectsAll } from "../plan/select.ts";
import type { Pattern } from "./contract.ts";
import { wholeShard } from "./whole-shard.ts";

const SOURCE = {
  query: Sql.describe("The SELECT whose rows land. It runs exactly as written."),
};

/** `single_table`: one query, verbatim from the config, is the one shard there is. */
export const singleTable: Pattern<ConfigWith<typeof SOURCE>> = {
  summary: "the rows of source.query land as one file.",
  source: SOURCE,
  rules,
  isSharded: false,
  async plan({ config, selection, snapshotDt }) {
    const { object, source, sink } = config;
    if (!selectsAll(selection)) {
      throw new BronzeError("USAGE", `${object} is a single table: there is nothing to choose from`, {
        hint: "Leave --geoid, --state and --table (GEOID, STATE_FILTER, TABLE) out.",
        context: { object },
      });
    }
    const shard = {
      id: parseShardId(object),
      object,
      snapshotDt,
      source: { kind: "query", sql: source.query },
      key: outputKey(sink.key, configValues(config, snapshotDt)),
      values: {},
      estimatedRows: null,
    } as const;
    return { shards: [shard], rejected: [] };
  },
  read: wholeShard,
};

function rules(config: Loose, report: Report): void {
  const key = templateAt(section(config["sink"])["key"], [], () => {});
  const unknown = key === null ? [] : lookupPlaceholders(key);
  if (unknown.length === 0) return;
  const known = CONFIG_PLACEHOLDERS.map((name) => `{${name}}`).join(", ");
  report(["sink", "key"], `has {${unknown.join("}, {")}}, but a single table fills only ${known}`);
}
