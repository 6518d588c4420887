const UNIT_DAYS: Readonly<Record<string, number>> = { minute: 1 / 1440, hour: 1 / 24, day: 1 };

/**
 * After how many days without a publication something is wrong: the longest time between two runs of a schedule, and a tenth of it, for the
 * run itself and for months of different length.
 * @throws Error for what is no schedule expression of EventBridge Scheduler
 */
export function maxAgeDays(cadence: string): number {
  return Math.ceil(longestGapDays(cadence) * 1.1);
}

/** Source: EventBridge Scheduler user guide, "Schedule types". Days are counted roughly: a schedule of some days of a week counts as weekly. */
function longestGapDays(cadence: string): number {
  const [, number, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(cadence) ?? [];
  if (number !== undefined && unit !== undefined) return Number(number) * UNIT_DAYS[unit]!;
  const [, , , dayOfMonth, month, dayOfWeek] = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) \S+\)$/.exec(cadence) ?? [];
  if (month === undefined)
    throw new Error(`${cadence} is no schedule: cron(minutes hours day month weekday year) or rate(number unit)`);
  const isEach = (field: string | undefined): boolean => field === "*" || field === "?";
  if (!isEach(month)) return 366;
  if (!isEach(dayOfMonth)) return 31;
  return isEach(dayOfWeek) ? 1 : 7;
}
