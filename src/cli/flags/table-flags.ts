import { BronzeError } from "../../model/errors.ts";
import { flag } from "./flag.ts";
import { list, type Parse, text, truth } from "./values.ts";

/** What names a query in keys and ledger. */
const queryName: Parse<string> = (given) => {
  if (/^[A-Za-z][A-Za-z0-9_-]*$/.test(given)) return given;
  throw new BronzeError("USAGE", `${JSON.stringify(given)} can't name a query`, {
    hint: "A name holds letters, digits, '_' and '-', and begins with a letter.",
  });
};

/** Flags of tables and queries that are named on the command line, without a config. */
export const TABLE_FLAGS = {
  exclude: flag({
    long: "exclude",
    value: "<tables>",
    env: "PG_BRONZE_EXCLUDE",
    group: "What to extract",
    help: "tables to leave out of those that were named",
    details: "Names or patterns, with commas between: --exclude 'shop.tmp_*'.",
    example: "--exclude 'shop.tmp_*'",
    parse: list,
    repeatable: true,
  }),
  query: flag({
    long: "query",
    value: "<sql>",
    env: "PG_BRONZE_QUERY",
    group: "What to extract",
    help: "land the rows of this SELECT; --name says under which name",
    details: "It runs exactly as written, in a read-only transaction.",
    example: "--query 'SELECT id, total FROM shop.orders' --name orders",
    parse: text,
  }),
  name: flag({
    long: "name",
    value: "<name>",
    env: "PG_BRONZE_NAME",
    group: "What to extract",
    help: "name of --query in keys and ledger",
    details: "Takes the place of a table's name: <name>/snapshot_dt=2026-11-30/<name>_2026-11-30.parquet.",
    example: "--name orders",
    parse: queryName,
  }),
  force: flag({
    long: "force",
    value: null,
    env: "PG_BRONZE_FORCE",
    group: "Output",
    help: "replace configs that are there",
    details: "Otherwise nothing is written when one of the files is there already.",
    example: "--force",
    parse: truth,
  }),
  oneSnapshot: flag({
    long: "one-snapshot",
    value: null,
    env: "PG_BRONZE_ONE_SNAPSHOT",
    group: "What to extract",
    help: "read all named tables in one snapshot of the database",
    details:
      "Otherwise each table has a snapshot of its own, from when its reading begins. One more connection stays open meanwhile, and its transaction holds back VACUUM.",
    example: "--one-snapshot",
    parse: truth,
  }),
} as const;
