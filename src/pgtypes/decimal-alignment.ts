/**
 * How groups of four digits meet a scale that isn't a multiple of four: a group that counts 10,000^e is multiplied by 10,000^groups ×
 * power, and of the group just below the last digit, only `4 - digits of divisor` digits count: it is divided.
 */
export interface Alignment {
  /** Whole groups in the scale. */
  readonly groups: number;
  /** 10^(scale mod 4) */
  readonly power: number;
  /** 10^(4 - scale mod 4) */
  readonly divisor: number;
  /** group / divisor = group × multiplier >>> 19, for every multiple of the divisor below 10,000. Spares the loop a division. */
  readonly multiplier: number;
}

const RECIPROCAL_SHIFT = 19;

export function alignmentOf(scale: number): Alignment {
  const divisor = 10 ** (4 - (scale % 4));
  const multiplier = Math.ceil(2 ** RECIPROCAL_SHIFT / divisor);
  return { groups: Math.floor(scale / 4), power: 10 ** (scale % 4), divisor, multiplier };
}

/** `group / divisor`, or -1 when that isn't a whole number. */
export function dividedGroup(group: number, { divisor, multiplier }: Alignment): number {
  const quotient = Math.imul(group, multiplier) >>> RECIPROCAL_SHIFT;
  return quotient * divisor === group ? quotient : -1;
}
