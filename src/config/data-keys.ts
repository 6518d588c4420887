import type { ObjectConfig } from "./object-config.ts";
import { parseTemplate, type TemplatePart } from "./template.ts";

/** The folder that all data keys of the object begin with; `""` when a column of the lookup comes first. */
export function dataFolder(config: ObjectConfig): string {
  const constant = prefixOf(parseTemplate(config.sink.key), config);
  return constant.slice(0, constant.lastIndexOf("/") + 1);
}

/** Matches the keys that the object's template makes; no value of a placeholder has a slash. */
export function dataKeyPattern(config: ObjectConfig): RegExp {
  const source = parseTemplate(config.sink.key)
    .map((part) => {
      const text = constantOf(part, config);
      if (text !== undefined) return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      return "placeholder" in part && part.placeholder === "extract_date" ? "\\d{4}-\\d{2}-\\d{2}" : "[^/]+";
    })
    .join("");
  return new RegExp(`^${source}$`, "u");
}

function prefixOf(parts: readonly TemplatePart[], config: ObjectConfig): string {
  let constant = "";
  for (const part of parts) {
    const text = constantOf(part, config);
    if (text === undefined) break;
    constant += text;
  }
  return constant;
}

/** What a part is for all shards of all snapshots; undefined when it changes. */
function constantOf(part: TemplatePart, { object, source_system, dataset }: ObjectConfig): string | undefined {
  const fixed: Readonly<Record<string, string>> = { object, source_system, dataset };
  return "text" in part ? part.text : fixed[part.placeholder];
}
