import type { ObjectConfig } from "../../config/object-config.ts";
import { checkKeyColumns, type LandedColumn } from "../../hashkeys/check.ts";
import type { KeyColumn, KeyHasherSpec } from "../../hashkeys/hasher.ts";
import type { ParquetField } from "../../parquet/schema.ts";

/** Which columns the hash keys are made of, and what they add to the file. */
export interface HashKeyPlan {
  /** Positions of all columns that go into a key, ascending. */
  readonly columns: readonly number[];
  /** `_source_hashkey`, and `_record_hashkey` where the config has one. */
  readonly fields: readonly ParquetField[];
  /** The hasher for a thread that decodes these columns; `indexOf` says where a column stands among its vectors. */
  hasher(indexOf: (column: number) => number): KeyHasherSpec;
  readonly warnings: readonly string[];
}

/** @throws BronzeError COLUMN_MISSING, CONFIG_INVALID; see {@link checkKeyColumns} */
export function planHashKeys(columns: readonly LandedColumn[], config: ObjectConfig["hashkeys"]): HashKeyPlan | null {
  if (config === undefined) return null;
  const { source, record, warnings } = checkKeyColumns(columns, config);
  const names = record === null ? ["_source_hashkey"] : ["_source_hashkey", "_record_hashkey"];
  const placed = (indexOf: (column: number) => number) => (key: KeyColumn) => ({ ...key, index: indexOf(key.index) });
  return {
    columns: [...new Set([...source, ...(record ?? [])].map((key) => key.index))].sort((a, b) => a - b),
    fields: names.map((name) => ({ name, type: { type: "utf8" }, nullable: false, unique: true })),
    hasher: (indexOf) => ({
      source: source.map(placed(indexOf)),
      record: record?.map(placed(indexOf)) ?? null,
      separator: config.separator,
      nullKey: config.null_key,
    }),
    warnings,
  };
}
