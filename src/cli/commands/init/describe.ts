import type { ObjectConfig } from "../../../config/object-config.ts";
import { describeShard } from "../../../extract/describe-shard.ts";
import { landingOptions } from "../../../extract/options.ts";
import { BronzeError } from "../../../model/errors.ts";
import { today } from "../../../model/ids.ts";
import type { TableName } from "../../../model/table-name.ts";
import { patternOf } from "../../../patterns/index.ts";
import type { Source } from "../../../source/contract.ts";
import type { NewConfig } from "../../../tables/config-text.ts";
import { primaryKey } from "../../../tables/primary-key.ts";

export type TableFacts = Pick<NewConfig, "columns" | "key" | "keyProblem" | "needsSeparator">;

/** What the catalog says of a table, and which hash keys its primary key makes. No row is read. */
export async function describeTable(table: TableName, config: ObjectConfig, source: Source): Promise<TableFacts> {
  const lookup = (select: string) => source.lookup(select);
  const key = await primaryKey(table, lookup);
  const [shard] = (await patternOf(config).plan({ config, selection: {}, snapshotDt: today(), lookup })).shards;
  const described = (one: ObjectConfig) => describeShard(source, shard!, landingOptions(one, {}));
  const plain = await described(config);
  const facts = { columns: plain.columns, key, keyProblem: null, needsSeparator: false };
  if (key.length === 0) return facts;
  try {
    const hashkeys = { source: key, separator: "", null_key: "error" } as const;
    const { warnings } = (await described({ ...config, hashkeys })).table;
    return { ...facts, needsSeparator: warnings.length > plain.table.warnings.length };
  } catch (error) {
    if (!(error instanceof BronzeError) || error.code !== "CONFIG_INVALID") throw error;
    return { ...facts, keyProblem: error.message };
  }
}
