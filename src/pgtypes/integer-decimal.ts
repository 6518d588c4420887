import type { Decoder, Encoder, Fields } from "./contract.ts";
import { decimalDecoder, unscaledOf } from "./decimal.ts";
import { NEGATIVE } from "./numeric-wire.ts";
import { capacityFor, checkWidths, type RejectPolicy, scalarEncoder } from "./scalar.ts";
import { type IntegerName, wireInteger } from "./words.ts";

/** Length, header and five groups: the largest int8 has 19 digits. */
const FIELD_BYTES = 4 + 8 + 2 * 5;
const WIDTHS: Readonly<Record<IntegerName, number>> = { int2: 2, int4: 4, int8: 8, oid: 4 };

/**
 * Integers → decimal, for a county whose column is an integer where others have numeric. They are rewritten as numerics first: a
 * rare path, which so shares every check of the common one.
 */
export function integerAsDecimalDecoder(wire: IntegerName, precision: number, scale: number, policy: RejectPolicy): Decoder {
  const decoder = decimalDecoder(precision, scale, policy);
  let bytes = new Uint8Array(0);
  let starts = new Int32Array(0);
  return {
    nulled: () => decoder.nulled(),
    decode(fields) {
      const { count } = fields;
      if (count > starts.length) {
        bytes = new Uint8Array(FIELD_BYTES * capacityFor(count));
        starts = new Int32Array(capacityFor(count));
      }
      const view = new DataView(bytes.buffer);
      let differences = 0;
      for (let i = 0; i < count; i++) {
        const at = fields.starts[fields.begin + i]!;
        starts[i] = at < 0 ? -1 : i * FIELD_BYTES + 4;
        if (at < 0) continue;
        differences |= fields.view.getInt32(at - 4) ^ WIDTHS[wire];
        writeNumeric(view, i * FIELD_BYTES, wire, fields, at);
      }
      checkWidths(differences, wire, WIDTHS[wire]);
      return decoder.decode({ bytes, view, starts, begin: 0, count, nullCount: fields.nullCount });
    },
  };
}

/** A field of type numeric, its length first. Zero groups at the end are left standing: they change nothing. */
function writeNumeric(out: DataView, to: number, wire: IntegerName, { view }: Fields, at: number): void {
  let high = wire === "int8" ? view.getInt32(at) : 0;
  let low =
    wire === "int2" ? view.getInt16(at) : wire === "int4" ? view.getInt32(at) : view.getUint32(at + (wire === "oid" ? 0 : 4));
  const negative = high < 0 || low < 0;
  if (negative && wire !== "int8") low = -low;
  else if (negative) {
    low = low === 0 ? 0 : 2 ** 32 - low;
    high = (~high + (low === 0 ? 1 : 0)) >>> 0;
  }
  const groups: number[] = [];
  for (; high > 0 || low > 0; ) {
    const quotient = Math.floor(high / 10_000);
    const rest = (high - quotient * 10_000) * 2 ** 32 + low;
    high = quotient;
    low = Math.floor(rest / 10_000);
    groups.unshift(rest - low * 10_000);
  }
  out.setInt32(to, 8 + 2 * groups.length);
  out.setInt16(to + 4, groups.length);
  out.setInt16(to + 6, groups.length - 1);
  out.setUint16(to + 8, negative ? NEGATIVE : 0);
  out.setInt16(to + 10, 0);
  for (const [i, group] of groups.entries()) out.setInt16(to + 12 + 2 * i, group);
}

export function integerAsDecimalEncoder(wire: IntegerName, scale: number): Encoder {
  const unit = 10n ** BigInt(scale);
  return scalarEncoder((vector, index) => wireInteger(wire, unscaledOf(vector, index) / unit));
}
