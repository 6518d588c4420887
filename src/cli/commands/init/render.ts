import type { TableName } from "../../../model/table-name.ts";
import { counted } from "../../render/format.ts";

export interface WrittenConfig {
  readonly object: string;
  readonly table: TableName;
  /** Relative to the working directory. */
  readonly file: string;
  readonly text: string;
  /** How many land. */
  readonly columns: number;
  /** Columns of the hash key; empty for none. */
  readonly key: readonly string[];
}

/** What was written and what to type next; for a dry run the configs themselves. */
export function initText(configs: readonly WrittenConfig[], dryRun: boolean): string {
  if (dryRun) return configs.map(({ file, text }) => `# ${file}\n${text}`).join("\n");
  const lines = configs.map(({ file, table, columns, key }) => {
    const hashed = key.length === 0 ? "no hash keys" : `hash key from ${key.join(", ")}`;
    return `wrote  ${file}  ${table.schema}.${table.table}: ${counted(columns, "column")}, ${hashed}\n`;
  });
  return `${lines.join("")}Try it with: pg-bronze extract --object ${configs[0]!.object} --dry-run\n`;
}
