import type { TableName } from "../model/table-name.ts";
import { quotedName } from "./object.ts";

/** A column as a person reads it in a comment. */
export interface DescribedColumn {
  readonly name: string;
  /** As PostgreSQL writes it; null for a column that landing adds. */
  readonly source: string | null;
  readonly parquet: string;
}

export interface NewConfig {
  readonly object: string;
  readonly table: TableName;
  readonly dsnEnv: string;
  readonly sinkUrl: string;
  readonly columns: readonly DescribedColumn[];
  /** Columns of the primary key, in its order; empty where there is none. */
  readonly key: readonly string[];
  /** Why hash keys can't be made of it; null when they can. */
  readonly keyProblem: string | null;
  /** Two texts of varying length stand side by side in the key: without a separator two rows could share one. */
  readonly needsSeparator: boolean;
  /** Path of the JSON Schema from the config's folder. */
  readonly schemaPath: string;
}

/** A config for a table, with what a person wants to know beside it: the columns with the types that land. */
export function configText(config: NewConfig): string {
  const { object, table, dsnEnv, sinkUrl, schemaPath } = config;
  return `# yaml-language-server: $schema=${schemaPath}
object: ${object}
extract_pattern: single_table
# Parts of the key, where sink.key takes them.
source_system: postgresql
dataset: ${object}

source:
  # The variable that holds the connection string; PG* variables, ~/.pgpass and --dsn work too.
  dsn_env: ${dsnEnv}
  noun: table
  table: ${yamlText(quotedName(table))}

${keyText(config)}
sink:
  url: ${yamlText(sinkUrl)}
  key: "{object}/snapshot_dt={extract_date}/{object}_{extract_date}.parquet"

${columnsText(config.columns)}`;
}

function keyText({ key, keyProblem, needsSeparator }: NewConfig): string {
  if (key.length === 0) {
    return `# The table has no primary key. _source_hashkey names a row from run to run; it needs columns that do:
# hashkeys: { source: [id] }
`;
  }
  const list = `[${key.map(yamlText).join(", ")}]`;
  if (keyProblem !== null)
    return `# The primary key is ${list}, but ${keyProblem.replace(/\p{Cc}/gu, " ")}.\n# hashkeys: { source: [id] }\n`;
  const separator = needsSeparator ? `\n  separator: "|"` : "";
  return `# _source_hashkey, from the primary key. With record: [… and what changes] there is a _record_hashkey, too.
hashkeys:
  source: ${list}${separator}
`;
}

function columnsText(columns: readonly DescribedColumn[]): string {
  const width = Math.max(...columns.map(({ name }) => yamlText(name).length));
  const lines = columns.map(({ name, source, parquet }) => {
    const types = `${source ?? "made here"} → ${parquet}`.replace(/\p{Cc}/gu, " ");
    return `#   ${yamlText(name).padEnd(width)}  # ${types}`;
  });
  return `# What lands, in the profile lake. Below columns: another type is asked for, such as  total: { as: "decimal(18,2)" }
${lines.join("\n")}
`;
}

const PLAIN = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
/** Words that YAML 1.1 or 1.2 reads as something else than text. */
const WORD = /^(true|false|yes|no|on|off|null|y|n)$/i;

function yamlText(text: string): string {
  // JSON's strings are YAML's; a dollar would begin a variable of the config.
  return PLAIN.test(text) && !WORD.test(text) ? text : JSON.stringify(text).replaceAll("$", "$$$$");
}
