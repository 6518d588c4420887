import type { ObjectConfig } from "../config/object-config.ts";
import { BronzeError } from "../model/errors.ts";
import { quoteIdentifier } from "../model/sql.ts";
import type { TableName } from "../model/table-name.ts";
import { ObjectConfigSchema } from "../patterns/index.ts";
import { valueFault } from "../plan/key.ts";

/** The variable that holds the connection string of a source that no config names. */
export const DSN_ENV = "DATABASE_URL";
const KEY = "{object}/snapshot_dt={extract_date}/{object}_{extract_date}.parquet";

/** What lands: a table under its own name, or a query under one that was chosen for it. */
export type Named = TableName | { readonly name: string; readonly sql: string };

/** The object's name in keys, ledger and messages: `shop.customers`. */
export function objectName(named: Named): string {
  return "sql" in named ? named.name : `${named.schema}.${named.table}`;
}

/**
 * The config of an object that has no file: what a config with nothing but its table or query would be.
 * @param sinkUrl `s3://bucket[/prefix]` or `file:///folder`
 * @throws BronzeError KEY_INVALID when the name can't be part of a key
 */
export function namedObject(named: Named, sinkUrl: string): ObjectConfig {
  const object = objectName(named);
  const fault =
    valueFault(object) ?? (/^[._]/.test(object) ? "begins with '.' or '_', which Spark, Athena and Hive don't see" : null);
  if (fault !== null) {
    throw new BronzeError("KEY_INVALID", `${JSON.stringify(object)} can't be part of a key: it ${fault}`, {
      hint: "Give its query another name: --query 'SELECT …' --name NAME.",
      context: { object },
    });
  }
  const source = "sql" in named ? { query: named.sql } : { table: quotedName(named) };
  const config = ObjectConfigSchema.parse({
    // The name of a file's object may hold less than that of a table.
    object: "table",
    extract_pattern: "single_table",
    source_system: "postgresql",
    dataset: "tables",
    source: { dsn_env: DSN_ENV, noun: "table", ...source },
    sink: { url: sinkUrl, key: KEY },
  });
  return { ...config, object };
}

/** As configs name a table: `shop.customers`, with quotes where a name needs them. */
export function quotedName({ schema, table }: TableName): string {
  return [schema, table].map((name) => (/^[\p{L}_][\p{L}\p{N}_$]*$/u.test(name) ? name : quoteIdentifier(name))).join(".");
}
