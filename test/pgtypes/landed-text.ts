import type { LogicalType } from "../../src/model/logical-type.ts";

/** What landed, printed as PostgreSQL's output functions print it, by other means than the product's own. */

/** Whether a value as `fromVector` gives it is the value that the server printed as `text`. */
export function isPrintedAs(type: LogicalType, value: unknown, text: string): boolean {
  switch (type.type) {
    case "float":
      return Object.is(value, type.bits === 64 ? Number(text) : Math.fround(Number(text)));
    case "decimal":
      return sameNumber(decimalText(value as bigint, type.scale), text);
    default:
      return printed(type, value) === text;
  }
}

export function printed(type: LogicalType, value: unknown): string {
  switch (type.type) {
    case "bool":
      return value === true ? "t" : "f";
    case "binary":
      return `\\x${Buffer.from(value as Uint8Array).toString("hex")}`;
    case "uuid":
      return uuidText(value as Uint8Array);
    case "date":
      return dateText(BigInt(value as number));
    case "time":
      return timeText(value as bigint);
    case "timestamp":
      return timestampText(value as bigint, type.utc ? "+00" : "");
    default:
      return String(value);
  }
}

/** `numeric(10,2)` prints both digits; an override with another scale prints others, which must be zeros. */
function sameNumber(ours: string, server: string): boolean {
  const trimmed = (text: string) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text).replace(/^-0$/, "0");
  return trimmed(ours) === trimmed(server);
}

export function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ""}`;
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const two = (value: bigint) => value.toString().padStart(2, "0");

/** Days since 1970-01-01 in the proleptic Gregorian calendar: eras of 400 years, each 146,097 days, counted from 0000-03-01. */
function civil(days: bigint): { year: bigint; month: bigint; day: bigint } {
  const shifted = days + 719_468n;
  const era = (shifted >= 0n ? shifted : shifted - 146_096n) / 146_097n;
  const dayOfEra = shifted - era * 146_097n;
  const yearOfEra = (dayOfEra - dayOfEra / 1_460n + dayOfEra / 36_524n - dayOfEra / 146_096n) / 365n;
  const dayOfYear = dayOfEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n);
  const monthFromMarch = (5n * dayOfYear + 2n) / 153n;
  const month = monthFromMarch < 10n ? monthFromMarch + 3n : monthFromMarch - 9n;
  return {
    year: yearOfEra + era * 400n + (month <= 2n ? 1n : 0n),
    month,
    day: dayOfYear - (153n * monthFromMarch + 2n) / 5n + 1n,
  };
}

export function dateText(days: bigint): string {
  const { text, era } = dateParts(days);
  return text + era;
}

function dateParts(days: bigint): { text: string; era: string } {
  const { year, month, day } = civil(days);
  const shown = (year > 0n ? year : 1n - year).toString().padStart(4, "0");
  return { text: `${shown}-${two(month)}-${two(day)}`, era: year > 0n ? "" : " BC" };
}

export function timeText(microseconds: bigint): string {
  const seconds = microseconds / 1_000_000n;
  const fraction = (microseconds % 1_000_000n).toString().padStart(6, "0").replace(/0+$/, "");
  const clock = `${two(seconds / 3_600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return fraction === "" ? clock : `${clock}.${fraction}`;
}

const DAY = 86_400_000_000n;

export function timestampText(microseconds: bigint, zone: "" | "+00"): string {
  const sinceMidnight = ((microseconds % DAY) + DAY) % DAY;
  const { text, era } = dateParts((microseconds - sinceMidnight) / DAY);
  return `${text} ${timeText(sinceMidnight)}${zone}${era}`;
}
