/**
 * Templates of keys and tables: `dataset={dataset}/{table_name}.parquet`. A placeholder is an identifier in braces; there is no
 * escape, because neither keys nor table names hold braces.
 */
export type TemplatePart = { readonly text: string } | { readonly placeholder: string };

/** What the config itself fills in; every other placeholder is a column of the shard lookup. */
export const CONFIG_PLACEHOLDERS = ["object", "source_system", "dataset", "extract_date"] as const;

const TOKEN = /\{([A-Za-z_][A-Za-z0-9_]*)\}|([^{}]+)|([{}])/g;

/** @throws SyntaxError when a brace stands alone or holds no identifier. */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  for (const [, placeholder, text] of template.matchAll(TOKEN)) {
    if (placeholder !== undefined) parts.push({ placeholder });
    else if (text !== undefined) parts.push({ text });
    else throw new SyntaxError("a placeholder is a name in braces, such as {table_name}");
  }
  return parts;
}

export function placeholdersOf(parts: readonly TemplatePart[]): string[] {
  return [...new Set(parts.flatMap((part) => ("placeholder" in part ? [part.placeholder] : [])))];
}
