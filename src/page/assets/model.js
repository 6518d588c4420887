/** @typedef {import("../contract.ts").ReportData} ReportData */
/** @typedef {import("../contract.ts").ReportStatus} Status */
/**
 * One shard as the page speaks of it. `state` is FIPS code, postal code and name where the shard is a county; `change` is rows now to rows
 * before, as a ratio; `isNew` when the run before didn't have it.
 * @typedef {{
 *   id: string, name: string, geoid: string | null, state: { fips: string, code: string, name: string } | null, source: string, status: Status,
 *   rows: number | null, bytes: number | null, startedAt: number | null, endedAt: number | null, duration: number | null, attempts: number,
 *   rowsExpected: number | null, rowsBefore: number | null, change: number | null, isNew: boolean, message: string | null, reason: number | null,
 * }} Shard
 */

/** @type {ReportData} */
const data = JSON.parse(textOf("data"));
const atlas = readAtlas(textOf("outlines"));
const shards = data.shards.id.map((_, index) => shardAt(index));
const shardOf = new Map(shards.filter(({ geoid }) => geoid !== null).map((shard) => [shard.geoid, shard]));
/** The word for one shard. */
const NOUN = shardOf.size > 0 ? "county" : "shard";

/** @type {Record<Status, { label: string, mark: string, says: string }>} */
const STATUSES = {
  landed: { label: "Landed", mark: "●", says: "whole, verified, with a manifest" },
  superseded: { label: "Superseded", mark: "◉", says: "a run planned later landed it again" },
  running: { label: "Running", mark: "◐", says: "somebody works on it" },
  lost: { label: "Lost", mark: "◌", says: "its process fell silent; it is free to be taken up" },
  failed: { label: "Failed", mark: "✕", says: "its last attempt ended with an error" },
  rejected: { label: "Rejected", mark: "⊘", says: "its row of the lookup could not become a shard" },
  missing: { label: "Missing", mark: "○", says: "nobody has begun it" },
};
const STATUS_ORDER = /** @type {Status[]} */ (Object.keys(STATUSES));
/** @type {Record<Status, number>} */
const statusCounts = { landed: 0, superseded: 0, running: 0, lost: 0, failed: 0, rejected: 0, missing: 0 };
for (const { status } of shards) statusCounts[status]++;

/** @param {string} id */
function textOf(id) {
  return document.getElementById(id)?.textContent ?? "";
}

/** @param {number} index @returns {Shard} */
function shardAt(index) {
  /** @type {<T>(column: readonly T[]) => T} */
  const at = (column) => /** @type {any} */ (column[index]);
  const columns = data.shards;
  const [id, geoid, status, rows] = [at(columns.id), at(columns.geoid), at(columns.status), at(columns.rows)];
  const [startedAt, endedAt, rowsBefore] = [at(columns.startedAt), at(columns.endedAt), at(columns.rowsBefore)];
  const source = at(columns.source);
  return {
    id,
    name:
      (geoid === null ? null : atlas?.counties.get(geoid)?.name) ??
      (source === "" || source === "query" ? id : source.replace(/^public\./, "")),
    geoid,
    state: stateOf(geoid, at(columns.state)),
    source,
    status,
    rows,
    bytes: at(columns.bytes),
    startedAt,
    endedAt,
    duration: startedAt === null ? null : Math.max(0, (endedAt ?? data.generatedAt) - startedAt),
    attempts: at(columns.attempts),
    rowsExpected: at(columns.rowsExpected),
    rowsBefore,
    change: rows === null || rowsBefore === null ? null : rowsBefore === 0 ? (rows === 0 ? 0 : Infinity) : rows / rowsBefore - 1,
    isNew: rows !== null && rowsBefore === null && data.previous !== null,
    message: at(columns.message),
    reason: at(columns.reason),
  };
}

/** @param {string | null} geoid @param {string | null} named */
function stateOf(geoid, named) {
  const fips = geoid?.slice(0, 2) ?? "";
  const known = atlas?.states.get(fips);
  if (known !== undefined) return { fips, ...known };
  return named === null ? null : { fips: named, code: named.toUpperCase(), name: named.toUpperCase() };
}

/** @template T @param {readonly T[]} items @param {(item: T) => number | null} of */
function sum(items, of) {
  return items.reduce((total, item) => total + (of(item) ?? 0), 0);
}

/** The smallest value that `share` of the sorted values don't exceed. @param {readonly number[]} sorted @param {number} share */
function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? 0;
}

/** What the reader chose to see; the map and the table follow it. */
const view = {
  /** @type {Status | null} */ status: null,
  /** @type {string | null} */ state: null,
  /** @type {number | null} */ reason: null,
  search: "",
};
/** @type {(() => void)[]} */
const followers = [];

/** @param {Partial<typeof view>} chosen */
function choose(chosen) {
  Object.assign(view, chosen);
  for (const follow of followers) follow();
}
