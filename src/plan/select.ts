import { didYouMean } from "../model/did-you-mean.ts";
import { BronzeError } from "../model/errors.ts";
import type { Candidate, Selection } from "./contract.ts";

/** True when nothing in particular was asked for. */
export function selectsAll(selection: Selection): boolean {
  return selection.geoids.length + selection.states.length + selection.tables.length === 0;
}

/** Whether a row is asked for: it matches every kind of filter that was given. */
export function isSelected(candidate: Candidate, selection: Selection): boolean {
  return FILTERS.every((filter) => {
    const wanted = filter.wanted(selection);
    return wanted.length === 0 || wanted.some((name) => filter.names(candidate).includes(filter.fold(name)));
  });
}

/** @throws BronzeError SHARD_UNKNOWN for a name that no row has, or when the filters leave nothing over. */
export function checkSelection(object: string, candidates: readonly Candidate[], selection: Selection): void {
  for (const filter of FILTERS) {
    const wanted = filter.wanted(selection);
    if (wanted.length === 0) continue;
    const known = new Set(candidates.flatMap((candidate) => filter.names(candidate)));
    const unknown = wanted.filter((name) => !known.has(filter.fold(name)));
    if (unknown.length > 0) throw unknownShard(object, filter.what, unknown, firstNames(filter, candidates));
  }
  if (selectsAll(selection) || candidates.some((candidate) => isSelected(candidate, selection))) return;
  throw new BronzeError("SHARD_UNKNOWN", `No shard of ${object} matches all the filters`, {
    hint: "Each filter matches something, but no county matches them together.",
    context: { object },
  });
}

function firstNames(filter: Filter, candidates: readonly Candidate[]): string[] {
  return [...new Set(candidates.flatMap((candidate) => filter.names(candidate).slice(0, 1)))];
}

interface Filter {
  readonly what: string;
  wanted(selection: Selection): readonly string[];
  /** The names under which a row is found, folded; the usual one first. */
  names(candidate: Candidate): string[];
  fold(name: string): string;
}

const FILTERS: readonly Filter[] = [
  {
    what: "geoid",
    wanted: (selection) => selection.geoids,
    names: ({ row }) => present(row["geoid"]),
    fold: (name) => name,
  },
  {
    what: "state",
    wanted: (selection) => selection.states,
    names: ({ row }) => present(row["admin1"] ?? row["state"]).map((name) => name.toLowerCase()),
    fold: (name) => name.toLowerCase(),
  },
  {
    what: "table",
    wanted: (selection) => selection.tables,
    names: ({ row, shard }) =>
      shard?.source.kind === "table"
        ? [shard.source.table, `${shard.source.schema}.${shard.source.table}`]
        : present(row["table_name"]),
    fold: (name) => name,
  },
];

function present(name: string | null | undefined): string[] {
  return name === null || name === undefined || name === "" ? [] : [name];
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
