import { corrupt } from "./nested.ts";

/**
 * The wire form of numeric: number of groups, weight (the first group counts 10,000^weight), sign, dscale (digits shown after the
 * point), each int16; then the groups, each 0–9999. Groups of zeros at both ends are not sent. Source: PostgreSQL numeric_send.
 */
export const HEADER_BYTES = 8;
export const NEGATIVE = 0x4000;
export const NAN = 0xc000;
export const INFINITY = 0xd000;
export const MINUS_INFINITY = 0xf000;

/** Signs of values that aren't numbers have this bit. */
export const SPECIAL_BIT = 0x8000;

/** numeric_send shows the infinities with this dscale: bits of their header that mean nothing. */
const INFINITY_DSCALE = 32;

const GROUP_DIGITS = 4;

/** Refuses a batch in which a field's length wasn't its header's: `differences` is length XOR expected, OR-ed together. */
export function checkNumericLengths(differences: number): void {
  if (differences !== 0) throw corrupt("a field of type numeric whose length is not that of its digits");
}

/** The text of NaN and the infinities. @throws BronzeError WIRE_CORRUPT for any other sign. */
export function specialText(sign: number): "NaN" | "Infinity" | "-Infinity" {
  switch (sign) {
    case NAN:
      return "NaN";
    case INFINITY:
      return "Infinity";
    case MINUS_INFINITY:
      return "-Infinity";
    default:
      throw corrupt(`a field of type numeric with the sign ${sign}`);
  }
}

/** `unscaled` / 10^scale as numeric_send gives it. */
export function wireOfUnscaled(unscaled: bigint, scale: number, dscale: number): Uint8Array {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return wireOfDigits(unscaled < 0n, digits.slice(0, point), digits.slice(point), dscale);
}

/** The inverse of numeric_out, exponents (`1e-7`) allowed besides. The text's own digits after the point are its dscale. */
export function wireOfText(text: string, dscale?: number): Uint8Array {
  if (text === "NaN") return wire(0, 0, NAN, 0, []);
  if (text === "Infinity") return wire(0, 0, INFINITY, INFINITY_DSCALE, []);
  if (text === "-Infinity") return wire(0, 0, MINUS_INFINITY, INFINITY_DSCALE, []);
  const [, sign, integer = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/.exec(text) ?? [];
  const digits = integer + fraction;
  const point = integer.length + Number(exponent);
  const whole = digits.slice(0, Math.max(0, point)).padEnd(point, "0");
  const rest = point < 0 ? "0".repeat(-point) + digits : digits.slice(point);
  return wireOfDigits(sign === "-", whole, rest, dscale ?? rest.length);
}

function wireOfDigits(negative: boolean, integer: string, fraction: string, dscale: number): Uint8Array {
  const whole = integer.padStart(roundUp(integer.length), "0");
  const digits = whole + fraction.padEnd(roundUp(fraction.length), "0");
  const groups: number[] = [];
  for (let at = 0; at < digits.length; at += GROUP_DIGITS) groups.push(Number(digits.slice(at, at + GROUP_DIGITS)));
  const first = groups.findIndex((group) => group !== 0);
  if (first === -1) return wire(0, 0, 0, dscale, []);
  const last = groups.findLastIndex((group) => group !== 0);
  const weight = whole.length / GROUP_DIGITS - 1 - first;
  return wire(last - first + 1, weight, negative ? NEGATIVE : 0, dscale, groups.slice(first, last + 1));
}

function roundUp(digits: number): number {
  return Math.ceil(digits / GROUP_DIGITS) * GROUP_DIGITS;
}

function wire(digits: number, weight: number, sign: number, dscale: number, groups: readonly number[]): Uint8Array {
  const out = new Uint8Array(HEADER_BYTES + 2 * groups.length);
  const view = new DataView(out.buffer);
  view.setInt16(0, digits);
  view.setInt16(2, weight);
  view.setUint16(4, sign);
  view.setInt16(6, dscale);
  for (const [i, group] of groups.entries()) view.setInt16(HEADER_BYTES + 2 * i, group);
  return out;
}
