import { BronzeError } from "../../model/errors.ts";
import type { PlannedColumn } from "../contract.ts";

type Typed = Pick<PlannedColumn, "name" | "type">;

/**
 * How a table's columns differ from those that the run pinned, one sentence for each: by name and type. The order counts for
 * nothing, since every reader of Parquet finds columns by name.
 */
export function schemaDiff(pinned: readonly Typed[], found: readonly Typed[]): string[] {
  const typeOf = new Map(found.map(({ name, type }) => [name, type]));
  const known = new Set(pinned.map(({ name }) => name));
  return [
    ...pinned.flatMap(({ name, type }) => {
      const foundType = typeOf.get(name);
      if (foundType === undefined) return [`${name} ${type} is missing`];
      return foundType === type ? [] : [`${name} is ${foundType}, not ${type}`];
    }),
    ...found.filter(({ name }) => !known.has(name)).map(({ name, type }) => `${name} ${type} is new`),
  ];
}

/** @throws BronzeError SCHEMA_DRIFT with the differences. */
export function checkPinned(pinned: readonly Typed[], found: readonly Typed[]): void {
  const error = driftError(schemaDiff(pinned, found));
  if (error !== null) throw error;
}

/** Null for no difference. */
export function driftError(diff: readonly string[]): BronzeError | null {
  if (diff.length === 0) return null;
  const shown = diff.slice(0, 20).join("; ");
  return new BronzeError("SCHEMA_DRIFT", `The table's schema is not the run's: ${shown}${diff.length > 20 ? "; …" : ""}`, {
    hint: "Widen the column for all tables with `columns: { name: { as: … } }` in the object's config, or correct the table; then plan again.",
    context: { differences: diff.length },
  });
}
