import type { Shard } from "../model/shard.ts";
import { tableSelect } from "../model/sql.ts";
import type { ShardRead } from "./contract.ts";

/** All rows of the shard's table or query as one file, under the shard's own key. */
export function wholeShard({ object, source, key }: Shard): ShardRead {
  const isTable = source.kind === "table";
  const query = isTable ? tableSelect(source.schema, source.table) : source.sql;
  return {
    name: isTable ? `${source.schema}.${source.table}` : object,
    query,
    async *files() {
      yield { key, query };
    },
  };
}
