import { quoteText } from "../../read/duckdb.ts";
import type { Footer } from "../../read/footer.ts";
import type { Evidence, KeyDefinition } from "../evidence.ts";
import { fail, pass, skip, verdictOn, warn } from "../report.ts";
import { canNumberRows, fromFile } from "../scan.ts";
import { check } from "./check.ts";

const SOURCE_KEY = "_source_hashkey";
const RECORD_KEY = "_record_hashkey";

/** Both keys, computed by DuckDB from what landed, equal the stored ones in every row. */
export const hashKeys = check("hash-keys", ["footer", "content"], async (found) => {
  const { footer } = found.the;
  const definition = definitionOf(found);
  if (definition === null) return skip(noDefinition(footer));
  const faults: string[] = [];
  const keys: { name: string; sql: string }[] = [];
  for (const [name, columns] of [
    [SOURCE_KEY, definition.source],
    [RECORD_KEY, definition.record],
  ] as const) {
    if (columns === undefined) continue;
    try {
      keys.push({ name, sql: keySql(columns, definition.separator, footer) });
    } catch (error) {
      if (error instanceof NoRecipe) return skip(error.message);
      faults.push((error as Error).message);
    }
  }
  const rowNumber = canNumberRows(footer) ? "row_number" : "NULL";
  for (const { name, sql } of keys) {
    const stored = columnOf(footer, name);
    if (stored === null) {
      faults.push(`column ${name} is missing`);
      continue;
    }
    const [row] = await found.duck.rows(
      `SELECT count(*), min(${rowNumber}) FROM ${fromFile(found.path, footer)} WHERE ${stored}::VARCHAR IS DISTINCT FROM ${sql}`,
    );
    const count = Number(row?.[0] ?? 0);
    if (count > 0)
      faults.push(
        `${name} is not what the columns give in ${count} rows${row?.[1] == null ? "" : `, the first is row ${Number(row[1]) + 1}`}`,
      );
  }
  return verdictOn(faults, keys.map(({ name }) => name).join(", "));
});

/** Two rows of one source key: the source holds duplicates, which is its fault and not the extract's, unless it must not be. */
export const uniqueKeys = check("unique-keys", ["footer", "content"], async ({ duck, path, requireUnique, the: { footer } }) => {
  const key = columnOf(footer, SOURCE_KEY);
  if (key === null) return skip(`no column ${SOURCE_KEY}`);
  const [row] = await duck.rows(
    `SELECT count(*), sum(n), any_value(k) FROM (SELECT ${key} AS k, count(*) AS n FROM ${fromFile(path, footer)} GROUP BY k HAVING n > 1)`,
  );
  const keys = Number(row?.[0] ?? 0);
  if (keys === 0) return pass();
  const message = `${keys} values of ${SOURCE_KEY} occur more than once, in ${Number(row?.[1])} rows, such as ${row?.[2]}`;
  return requireUnique ? fail(message) : warn(message);
});

function definitionOf(found: Evidence): KeyDefinition | null {
  return found.landing.state === "landed" ? found.landing.manifest.hashkeys : found.hashkeys;
}

function noDefinition(footer: Footer): string {
  return columnOf(footer, SOURCE_KEY) === null ? `no column ${SOURCE_KEY}` : "no manifest says which columns make the keys";
}

function columnOf(footer: Footer, name: string): string | null {
  const index = footer.fields.findIndex((field) => field.name === name);
  return index < 0 ? null : `c${index}`;
}

/** A type whose canonical text DuckDB doesn't print. */
class NoRecipe extends Error {}

/** SHA-256 over the canonical bytes of the columns, end to end; a null adds none. */
function keySql(columns: readonly string[], separator: string, footer: Footer): string {
  const parts = columns.map((name) => {
    const index = footer.fields.findIndex((field) => field.name === name);
    const field = footer.fields[index];
    if (field === undefined) throw new Error(`key column ${JSON.stringify(name)} is missing`);
    return `coalesce(${canonicalSql(`c${index}`, field.label, name)}, ''::BLOB)`;
  });
  const between = separator === "" ? " || " : ` || encode(${quoteText(separator)}) || `;
  return `sha256(${parts.join(between)})`;
}

function canonicalSql(column: string, label: string, name: string): string {
  if (label === "BYTE_ARRAY") return column;
  const isText = label.startsWith("BYTE_ARRAY ") || label.endsWith(" UUID");
  const isInteger = /^INT(32|64)( INTEGER\(\d+,\w+\))?$/.test(label);
  if (isText || isInteger) return `encode(${column}::VARCHAR)`;
  throw new NoRecipe(`key column ${JSON.stringify(name)} is ${label}, whose canonical text is not recomputed`);
}
