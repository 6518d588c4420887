import { didYouMean } from "../model/did-you-mean.ts";
import { BronzeError } from "../model/errors.ts";
import type { Candidate, Selection } from "./contract.ts";

/** True when nothing in particular was asked for. */
export function selectsAll(selection: Selection): boolean {
  return asked(selection).length === 0;
}

/** One spelling for all selections that ask for the same: without empty columns, values folded, sorted, each once. */
export function normalSelection(selection: Selection): Record<string, string[]> {
  return Object.fromEntries(
    asked(selection).map(([name, values]) => [name, [...new Set(values.map(columnOf(name).fold))].sort()]),
  );
}

/** Whether a row is asked for: in each column of the selection it has one of the values. */
export function selector(selection: Selection): (candidate: Candidate) => boolean {
  const filters = asked(selection).map(([name, values]) => {
    const column = columnOf(name);
    return { column, wanted: new Set(values.map(column.fold)) };
  });
  return (candidate) => filters.every(({ column, wanted }) => column.values(candidate).some((value) => wanted.has(value)));
}

/** @throws BronzeError SHARD_UNKNOWN for a value that no row has, or when the columns together leave nothing over. */
export function checkSelection(object: string, noun: string, candidates: readonly Candidate[], selection: Selection): void {
  for (const [name, values] of asked(selection)) {
    const column = columnOf(name);
    const known = new Set(candidates.flatMap((candidate) => column.values(candidate)));
    const unknown = values.filter((value) => !known.has(column.fold(value)));
    if (unknown.length > 0) throw unknownShard(object, column.noun, unknown, firstValues(column, candidates));
  }
  if (selectsAll(selection) || candidates.some(selector(selection))) return;
  throw new BronzeError("SHARD_UNKNOWN", `No ${noun} of ${object} matches all the filters`, {
    hint: `Each filter matches something, but no ${noun} matches them together.`,
    context: { object },
  });
}

function asked(selection: Selection): [string, readonly string[]][] {
  return Object.entries(selection).filter(([, values]) => values.length > 0);
}

function firstValues(column: Column, candidates: readonly Candidate[]): string[] {
  return [...new Set(candidates.flatMap((candidate) => column.values(candidate).slice(0, 1)))];
}

interface Column {
  readonly noun: string;
  /** The values under which a row is found, folded; the usual one first. */
  values(candidate: Candidate): string[];
  fold(value: string): string;
}

/** Columns that are not simply compared with the lookup's. */
const SPECIAL: Readonly<Record<string, Column>> = {
  /** Older lookups call it `state`; upper and lower case are the same. */
  admin1: {
    noun: "state",
    values: ({ row }) => present(row["admin1"] ?? row["state"]).map((value) => value.toLowerCase()),
    fold: (value) => value.toLowerCase(),
  },
  /** The table that the shard reads, with its schema or without. */
  table: {
    noun: "table",
    values: ({ row, shard }) =>
      shard?.source.kind === "table"
        ? [shard.source.table, `${shard.source.schema}.${shard.source.table}`]
        : present(row["table_name"]),
    fold: (value) => value,
  },
};

function columnOf(name: string): Column {
  if (Object.hasOwn(SPECIAL, name)) return SPECIAL[name]!;
  return { noun: name, values: ({ row }) => present(Object.hasOwn(row, name) ? row[name] : null), fold: (value) => value };
}

function present(value: string | null | undefined): string[] {
  return value === null || value === undefined || value === "" ? [] : [value];
}

function unknownShard(object: string, what: string, unknown: readonly string[], known: readonly string[]): BronzeError {
  const [first = ""] = unknown;
  const names = unknown.map((name) => JSON.stringify(name)).join(", ");
  const some =
    known.length <= 60
      ? `The lookup has ${known.toSorted().join(", ") || `no ${what} at all`}.`
      : `The lookup has ${known.length} others.`;
  return new BronzeError("SHARD_UNKNOWN", `${object} has no ${what} ${names}`, {
    hint: [didYouMean(first, known), some].filter((sentence) => sentence !== null).join(" "),
    context: { object, [what]: first },
  });
}
