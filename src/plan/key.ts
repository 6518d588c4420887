import type { ObjectConfig } from "../config/object-config.ts";
import { type CONFIG_PLACEHOLDERS, parseTemplate } from "../config/template.ts";
import { BronzeError } from "../model/errors.ts";
import type { SnapshotDate } from "../model/ids.ts";

/** S3's limit for a key and the usual file system's for one name, both in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;

/** What fills the placeholders: the config's own values and the columns of one row of the lookup. */
export type TemplateValues = Readonly<Record<string, string | null>>;

/** What the config itself fills in. */
export function configValues(
  { object, source_system, dataset }: ObjectConfig,
  snapshotDt: SnapshotDate,
): Record<(typeof CONFIG_PLACEHOLDERS)[number], string> {
  return { object, source_system, dataset, extract_date: snapshotDt };
}

/**
 * The key of the object that a shard lands: `admin1={admin1}/{table_name}.parquet` with its values. Values land as they are, and a
 * value that a reader, a store or a file system could take for something else is refused.
 * @throws BronzeError KEY_INVALID
 */
export function outputKey(template: string, values: TemplateValues): string {
  const key = parseTemplate(template)
    .map((part) => ("text" in part ? part.text : checkedValue(part.placeholder, values)))
    .join("");
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw invalid(`the key is longer than ${MAX_KEY_BYTES} bytes`, { key });
  for (const segment of key.split("/")) {
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
      throw invalid(`a name in the key is longer than ${MAX_SEGMENT_BYTES} bytes`, { key });
    if (/^[._]/.test(segment))
      throw invalid("a name in the key begins with '.' or '_', which Spark, Athena and Hive don't see", { key });
  }
  return key;
}

function checkedValue(name: string, values: TemplateValues): string {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) {
    const columns = Object.keys(values).join(", ");
    throw invalid(
      `the key needs {${name}}, and the lookup has no such column`,
      { placeholder: name },
      `The lookup and the config give ${columns}.`,
    );
  }
  const fault = value === null ? "is null" : valueFault(value);
  if (fault !== null) throw invalid(`{${name}} ${fault}: ${JSON.stringify(value)}`, { placeholder: name, value });
  return value as string;
}

/** Characters that Hive escapes in partition values, that globs and URLs read, or that a name can't hold on some systems. */
const SPECIAL = /["#%'*:<=>?[\]^`{|}]/;

/** Why a value can't stand in a key, as the end of a sentence; null when it can. */
export function valueFault(value: string): string | null {
  if (value === "") return "is empty";
  if (/[/\\]/.test(value)) return "has a slash";
  if (value.includes("..")) return "has '..'";
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value)) return "has a control character";
  if (/\p{Cs}/u.test(value)) return "is not valid Unicode";
  if (value !== value.trim()) return "begins or ends with a blank";
  const special = SPECIAL.exec(value)?.[0];
  return special === undefined
    ? null
    : `has ${special === "'" ? "an apostrophe" : `'${special}'`}, which readers of partitioned folders take for something else`;
}

function invalid(message: string, context: Record<string, string | null>, hint?: string): BronzeError {
  return new BronzeError("KEY_INVALID", message, {
    context,
    hint: hint ?? "Correct the row that the lookup returns, or change sink.key in the object's config.",
  });
}
