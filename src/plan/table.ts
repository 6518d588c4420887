import { parseTemplate } from "../config/template.ts";
import { BronzeError } from "../model/errors.ts";
import type { TemplateValues } from "./key.ts";

/** PostgreSQL cuts longer names off in silence, and would then read another table. Source: NAMEDATALEN − 1. */
const MAX_IDENTIFIER_BYTES = 63;

/**
 * The table of one shard from `public.{table_name}`. The dot is the template's; whatever a value holds stays inside its one name,
 * which is quoted where it reaches SQL.
 * @throws BronzeError KEY_INVALID when a value can't be part of a PostgreSQL name.
 */
export function shardTable(template: string, values: TemplateValues): { schema: string; table: string } {
  const names = [""];
  for (const part of parseTemplate(template)) {
    const [begin = "", ...rest] = "text" in part ? part.text.split(".") : [checkedName(part.placeholder, values)];
    names.push(`${names.pop()}${begin}`, ...rest);
  }
  const [schema, table] = names;
  if (schema === undefined || table === undefined || names.length > 2)
    throw invalid(`source.table ${template} is not a schema and a table`, {});
  for (const name of [schema, table]) {
    if (Buffer.byteLength(name) > MAX_IDENTIFIER_BYTES) {
      throw invalid(`${JSON.stringify(name)} is longer than the ${MAX_IDENTIFIER_BYTES} bytes of a PostgreSQL name`, {
        table: name,
      });
    }
  }
  return { schema, table };
}

function checkedName(placeholder: string, values: TemplateValues): string {
  const value = Object.hasOwn(values, placeholder) ? values[placeholder] : undefined;
  if (value === undefined) throw invalid(`the table needs {${placeholder}}, and the lookup has no such column`, { placeholder });
  if (value === null || value === "")
    throw invalid(`{${placeholder}} is ${value === null ? "null" : "empty"}: no table is named`, { placeholder });
  if (value.includes("\0") || /\p{Cs}/u.test(value))
    throw invalid(`{${placeholder}} is no PostgreSQL name`, { placeholder, value });
  return value;
}

function invalid(message: string, context: Record<string, string>): BronzeError {
  return new BronzeError("KEY_INVALID", message, {
    context,
    hint: "Correct the row that the lookup returns, or change source.table in the object's config.",
  });
}
