import { didYouMean } from "../model/did-you-mean.ts";
import { BronzeError } from "../model/errors.ts";
import type { LogicalType } from "../model/logical-type.ts";
import { canonicalBytes } from "./canonical.ts";
import { type KeyColumn, type NullKey, unhashable } from "./hasher.ts";

/** A column that lands, as far as the hash keys care. */
export interface LandedColumn {
  readonly name: string;
  readonly type: LogicalType;
  /** True when all of its values are equally long as text, though the landing type doesn't say so: a uuid that lands as text. */
  readonly fixedLength?: boolean;
}

export interface KeyDefinition {
  readonly source: readonly string[];
  readonly record?: readonly string[] | undefined;
  readonly separator: string;
}

export interface CheckedKeys {
  readonly source: readonly KeyColumn[];
  readonly record: readonly KeyColumn[] | null;
  readonly warnings: readonly string[];
}

/**
 * Finds the key columns among those that land; `KeyColumn.index` is the index into `columns`.
 * @throws BronzeError COLUMN_MISSING; CONFIG_INVALID for a type without canonical bytes
 */
export function checkKeyColumns(columns: readonly LandedColumn[], definition: KeyDefinition): CheckedKeys {
  const find = (name: string): KeyColumn => {
    const index = columns.findIndex((column) => column.name === name);
    const column = columns[index];
    if (column === undefined) throw missing(name, columns);
    if (canonicalBytes(column.type) === null) throw unhashable(column);
    return { name, index, type: column.type };
  };
  const source = definition.source.map(find);
  const record = definition.record?.map(find) ?? null;
  const warnings = definition.separator === "" ? [source, record ?? []].flatMap((keys) => ambiguities(keys, columns)) : [];
  return { source, record, warnings: [...new Set(warnings)] };
}

/** The error that a shard ends with when null keys were counted; null when there are none. */
export function nullKeyError(nullKeys: readonly NullKey[]): BronzeError | null {
  const [first] = nullKeys;
  if (first === undefined) return null;
  const counts = nullKeys.map(({ column, count }) => `"${column}" is null in ${count} ${count === 1 ? "row" : "rows"}`);
  return new BronzeError("NULL_KEY", `key column ${counts.join(", ")}; the first is row ${first.firstRow + 1}`, {
    context: { column: first.column, nulls: first.count, row: first.firstRow + 1 },
    hint: "Correct the source, or set hashkeys.null_key to empty: a null then adds nothing to the key, and such rows may share one.",
  });
}

function missing(name: string, columns: readonly LandedColumn[]): BronzeError {
  const names = columns.map((column) => column.name);
  const shown = names.slice(0, 20).join(", ") + (names.length > 20 ? ", …" : "");
  return new BronzeError("COLUMN_MISSING", `the key column "${name}" is not in the source`, {
    context: { column: name },
    hint: didYouMean(name, names) ?? `Its columns are ${shown}.`,
  });
}

/** ("ab", "c") and ("a", "bc") give one key. */
function ambiguities(keys: readonly KeyColumn[], columns: readonly LandedColumn[]): string[] {
  return keys.slice(1).flatMap((right, i) => {
    const left = keys[i]!;
    if (!isVariable(columns[left.index]!) || !isVariable(columns[right.index]!)) return [];
    const pair = `"${left.name}" and "${right.name}"`;
    return [`hash keys: ${pair} stand side by side and both vary in length, so two rows may share a key; set hashkeys.separator`];
  });
}

/** A geometry says itself where it ends. */
function isVariable({ type, fixedLength }: LandedColumn): boolean {
  return fixedLength !== true && type.type !== "uuid" && type.type !== "wkb";
}
