import { createHash } from "node:crypto";

/** A seeded source of randomness: the same seed gives the same draws on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer, both ends included. */
  int(min: number, max: number): number;
  /** Uniform in [min, max). */
  between(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** One of the keys, as often as its weight says. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T;
  /** Log-normal around a median: most values near it, a long tail above. `spread` is the sigma of the logarithm. */
  skewed(median: number, spread: number): number;
  /** `length` decimal digits, leading zeros kept. */
  digits(length: number): string;
  /** A version 4 UUID, lower case. */
  uuid(): string;
}

/** Source: sfc32 of PractRand, its 128 bits of state filled from SHA-256 of the seed. */
export function seededRandom(seed: string): Random {
  const state = createHash("sha256").update(seed).digest();
  let a = state.readInt32LE(0);
  let b = state.readInt32LE(4);
  let c = state.readInt32LE(8);
  let counter = state.readInt32LE(12);

  function word(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  const next = () => word() / 2 ** 32;
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const hex = () => word().toString(16).padStart(8, "0");

  for (let warmUp = 0; warmUp < 12; warmUp++) word();
  return {
    next,
    int,
    between: (min, max) => min + next() * (max - min),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)]!,
    weighted: (weights) => pickWeighted(weights, next()),
    skewed: (median, spread) => median * Math.exp(spread * (next() + next() + next() + next() - 2) * Math.sqrt(3)),
    digits: (length) => Array.from({ length }, () => int(0, 9)).join(""),
    uuid() {
      const text = hex() + hex() + hex() + hex();
      const variant = "89ab".charAt(Number.parseInt(text.charAt(16), 16) & 3);
      return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-${variant}${text.slice(17, 20)}-${text.slice(20)}`;
    },
  };
}

function pickWeighted<T extends string>(weights: Readonly<Record<T, number>>, draw: number): T {
  const entries = Object.entries(weights) as [T, number][];
  let left = draw * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  return entries[entries.length - 1]![0];
}
