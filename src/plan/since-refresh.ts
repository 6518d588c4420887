/** Local times on earth lag behind UTC by at most this. */
const WESTERNMOST_MS = 12 * 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Whether a shard's data may be newer than its last landed snapshot. `lastRefresh` is the lookup's text: a date, a timestamp, with zone
 * or without. Where it leaves hour or zone open, the latest instant that it may mean counts, and what can't be read counts as newer: a
 * shard is rather landed once too often.
 * @param snapshotAt when the snapshot of the last landed extract was taken; null for never
 */
export function isRefreshed(lastRefresh: string | null | undefined, snapshotAt: string | null): boolean {
  if (snapshotAt === null || lastRefresh === null || lastRefresh === undefined) return true;
  return !(latestInstant(lastRefresh.trim()) <= Date.parse(snapshotAt));
}

/** Milliseconds; NaN for what is no time. Source: PostgreSQL docs, "Date/Time Output", DateStyle ISO. */
function latestInstant(text: string): number {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return Date.parse(`${text}T00:00:00Z`) + DAY_MS + WESTERNMOST_MS;
  const [, date, time, zone] =
    /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2}(?:\.\d+)?)(Z|[+-]\d{2}(?::?\d{2})?)?$/.exec(text) ?? [];
  if (date === undefined) return Number.NaN;
  if (zone === undefined) return Date.parse(`${date}T${time}Z`) + WESTERNMOST_MS;
  return Date.parse(`${date}T${time}${/^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone}`);
}
