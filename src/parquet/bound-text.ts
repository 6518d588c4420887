import type { LogicalType } from "../model/logical-type.ts";

const MICROS_PER_SECOND = 1_000_000n;
const MICROS_PER_DAY = 86_400n * MICROS_PER_SECOND;

/**
 * A smallest or largest value as text, in one form for each type, the one that Iceberg's metadata has:
 *
 * | type | text |
 * |---|---|
 * | bool | `true`, `false` |
 * | int | decimal digits, `-12` |
 * | float | the fewest digits that give the same float again, as JavaScript writes them: `0.1`, `1e+21`, `-Infinity`; both zeros are `0` |
 * | decimal | with all digits of its scale, `-0.50` |
 * | utf8, json | itself, cut where the bound is cut |
 * | uuid | 36 characters, lower case |
 * | date | `2026-11-30`; a year before 0 or after 9999 has a sign and at least six digits, and 1 BC is the year 0: `-004712-01-01` |
 * | time | `23:59:59.999999` |
 * | timestamp | `2026-11-30T12:00:00.000000`, in UTC with `+00:00` behind it |
 *
 * Null for every other type, and for text that was cut where no text is left.
 * Source: Apache Iceberg spec, "JSON single-value serialization"; ISO 8601 for the years.
 * @param bytes the value as Parquet's PLAIN encoding has it
 */
export function boundText(type: LogicalType, bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type.type) {
    case "bool":
      return bytes[0] === 1 ? "true" : "false";
    case "int":
      return integerText(view, type.bits, type.signed);
    case "float":
      return type.bits === 32 ? float32Text(view.getFloat32(0, true)) : floatText(view.getFloat64(0, true));
    case "decimal":
      return decimalText(unscaled(view), type.scale);
    case "utf8":
    case "json":
      return wholeText(bytes);
    case "uuid":
      return uuidText(bytes);
    case "date":
      return dateText(view.getInt32(0, true));
    case "time":
      return timeText(view.getBigInt64(0, true));
    case "timestamp":
      return `${timestampText(view.getBigInt64(0, true))}${type.utc ? "+00:00" : ""}`;
    default:
      return null;
  }
}

function integerText(view: DataView, bits: 16 | 32 | 64, signed: boolean): string {
  if (bits === 64) return String(signed ? view.getBigInt64(0, true) : view.getBigUint64(0, true));
  return String(signed ? view.getInt32(0, true) : view.getUint32(0, true));
}

/** Negative zero, which is how a bound includes both zeros, is a zero too. */
function floatText(value: number): string {
  return String(value === 0 ? 0 : value);
}

/** At most nine digits tell a float of 32 bits from its neighbours. */
function float32Text(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return floatText(rounded);
  }
  return floatText(Number(value.toPrecision(9)));
}

/** INT32 and INT64 little-endian, FIXED_LEN_BYTE_ARRAY big-endian, all two's complement. Source: Parquet LogicalTypes, DECIMAL. */
function unscaled(view: DataView): bigint {
  if (view.byteLength === 4) return BigInt(view.getInt32(0, true));
  if (view.byteLength === 8) return view.getBigInt64(0, true);
  let value = BigInt(view.getInt8(0));
  for (let i = 1; i < view.byteLength; i++) value = (value << 8n) | BigInt(view.getUint8(i));
  return value;
}

function decimalText(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale === 0 ? "" : `.${digits.slice(digits.length - scale)}`;
  return `${value < 0n ? "-" : ""}${whole}${fraction}`;
}

/** Null for bytes that aren't UTF-8: a bound that was raised in the middle of a character. */
function wholeText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar. Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
function dateText(days: number): string {
  const fromMarch = days + 719_468; // 0000-03-01: leap days come last in a year
  const era = Math.floor(fromMarch / 146_097);
  const dayOfEra = fromMarch - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  const year = yearOfEra + era * 400 + (month < 10 ? 0 : 1);
  return `${yearText(year)}-${padded(month < 10 ? month + 3 : month - 9, 2)}-${padded(day, 2)}`;
}

function yearText(year: number): string {
  if (year >= 0 && year <= 9999) return padded(year, 4);
  return `${year < 0 ? "-" : "+"}${padded(Math.abs(year), 6)}`;
}

function timeText(micros: bigint): string {
  const seconds = Number(micros / MICROS_PER_SECOND);
  const fraction = padded(Number(micros % MICROS_PER_SECOND), 6);
  return `${padded(Math.floor(seconds / 3600), 2)}:${padded(Math.floor(seconds / 60) % 60, 2)}:${padded(seconds % 60, 2)}.${fraction}`;
}

function timestampText(micros: bigint): string {
  const timeOfDay = ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;
  return `${dateText(Number((micros - timeOfDay) / MICROS_PER_DAY))}T${timeText(timeOfDay)}`;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}
