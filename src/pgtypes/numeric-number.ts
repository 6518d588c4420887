import type { Word64Vector } from "../model/vector.ts";
import type { Decoder, Encoder } from "./contract.ts";
import { alignmentOf } from "./decimal-alignment.ts";
import { createWideReader } from "./decimal-wide.ts";
import { numericText, shownNumeric } from "./numeric-text.ts";
import {
  checkNumericLengths,
  HEADER_BYTES,
  NEGATIVE,
  SPECIAL_BIT,
  specialText,
  wireOfText,
  wireOfUnscaled,
} from "./numeric-wire.ts";
import { type RejectPolicy, room64, scalarDecoder, scalarEncoder, word64Vector } from "./scalar.ts";
import { bigintOf, float64Of } from "./words.ts";

/** numeric → int64, for integer values that fit. */
export function numericAsInt64Decoder(policy: RejectPolicy): Decoder {
  const vector = word64Vector();
  const { read, limbs } = createWideReader(19, alignmentOf(0));
  const decodeValues: Parameters<typeof scalarDecoder>[1] = ({ view, starts, begin, count }, reject) => {
    const words = room64(vector, count);
    let differences = 0;
    for (let i = 0, n = 0; i < count; i++) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ (HEADER_BYTES + 2 * view.getUint16(at));
      const sign = view.getUint16(at + 4);
      const isInteger = (sign & SPECIAL_BIT) === 0 && read(view, at);
      const low = sign === 0 ? limbs[0]! : -limbs[0]! | 0;
      const high = sign === 0 ? limbs[1]! : (~limbs[1]! + (low === 0 ? 1 : 0)) | 0;
      // The sign that came out is the value's, unless it passed 2^63.
      const fits = high < 0 === (sign === NEGATIVE) || (low | high) === 0;
      if (!isInteger || !fits) {
        reject(i, `${shownNumeric(view, at)} has no int64`);
        continue;
      }
      words[2 * n] = low;
      words[2 * n++ + 1] = high;
    }
    checkNumericLengths(differences);
  };
  return scalarDecoder(vector, decodeValues, policy);
}

export function numericAsInt64Encoder(dscale: number): Encoder {
  return scalarEncoder<Word64Vector>((vector, index) => wireOfUnscaled(bigintOf(vector, index), 0, dscale));
}

/**
 * numeric → float64, for values that are what a reader prints for the double: its shortest decimal. 0.1 is, 0.1000000000000000055
 * is not, though it is nearer to what the double holds. NaN and the infinities have doubles of their own.
 * @param round lands the nearest double of every value but those beyond the largest one
 */
export function numericAsFloat64Decoder(policy: RejectPolicy, round: boolean): Decoder {
  const vector = word64Vector();
  const scratch = new DataView(new ArrayBuffer(8));
  const decodeValues: Parameters<typeof scalarDecoder>[1] = ({ view, starts, begin, count }, reject) => {
    const words = room64(vector, count);
    let differences = 0;
    for (let i = 0, n = 0; i < count; i++) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ (HEADER_BYTES + 2 * view.getUint16(at));
      const value = float64(view, at, round);
      if (value === null) {
        reject(
          i,
          `${shownNumeric(view, at)} ${round ? "is beyond the largest float64" : "has no exact float64"}`,
          round ? "policy" : "round",
        );
        continue;
      }
      scratch.setFloat64(0, value);
      words[2 * n] = scratch.getInt32(4);
      words[2 * n++ + 1] = scratch.getInt32(0);
    }
    checkNumericLengths(differences);
  };
  return scalarDecoder(vector, decodeValues, policy);
}

/** Without a dscale of the column, the fewest digits that say the value. */
export function numericAsFloat64Encoder(dscale: number | undefined): Encoder {
  return scalarEncoder<Word64Vector>((vector, index) => wireOfText(String(float64Of(vector, index)), dscale));
}

/** Digits that survive the way into a double and back as its shortest decimal. Source: DBL_DIG of IEEE 754 binary64. */
const SAFE_MANTISSA = 1e15;
/** 10^22 is the last power of ten that is a double. */
const EXACT_POWER = 22;
const POWERS_OF_TEN = Float64Array.from({ length: EXACT_POWER + 1 }, (_, exponent) => Number(`1e${exponent}`));

function float64(view: DataView, at: number, round: boolean): number | null {
  const sign = view.getUint16(at + 4);
  if ((sign & SPECIAL_BIT) !== 0) return Number(specialText(sign));
  const digits = view.getUint16(at);
  const exponent = 4 * (view.getInt16(at + 2) - digits + 1);
  if (digits <= 4 && exponent <= EXACT_POWER && exponent >= -EXACT_POWER) {
    let mantissa = 0;
    for (let i = 0; i < digits; i++) mantissa = mantissa * 10_000 + view.getUint16(at + HEADER_BYTES + 2 * i);
    // An exact mantissa and an exact power: one operation, correctly rounded.
    if (mantissa < SAFE_MANTISSA)
      return (
        (exponent < 0 ? mantissa / POWERS_OF_TEN[-exponent]! : mantissa * POWERS_OF_TEN[exponent]!) * (1 - (sign >>> 13)) + 0
      );
  }
  const text = numericText(view, at);
  const value = Number(text);
  if (round) return Number.isFinite(value) ? value : null;
  return significant(text) === significant(String(value)) ? value : null;
}

/** A decimal number without zeros at its ends: `-12.30` and `-1.23e+1` are both `-123e-1`. */
function significant(text: string): string {
  const [, sign, integer = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d*))?(?:e([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (integer + fraction).replace(/^0+/, "");
  const trimmed = digits.replace(/0+$/, "");
  return `${sign}${trimmed}e${Number(exponent) - fraction.length + digits.length - trimmed.length}`;
}
