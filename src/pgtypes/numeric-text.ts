import type { BytesVector } from "../model/vector.ts";
import type { Decoder, Encoder } from "./contract.ts";
import { checkNumericLengths, HEADER_BYTES, NEGATIVE, SPECIAL_BIT, specialText, wireOfText } from "./numeric-wire.ts";
import { bytesVector, DIGIT_PAIRS, grownBytes, roomValues, textOf } from "./produced-text.ts";
import { scalarDecoder, scalarEncoder } from "./scalar.ts";

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/** numeric → the text of numeric_out: every digit, zeros up to the dscale, NaN, Infinity, -Infinity. */
export function numericTextDecoder(): Decoder {
  const vector = bytesVector();
  return scalarDecoder(vector, ({ view, starts, begin, count }) => {
    roomValues(vector, count);
    const { starts: outStarts, lengths } = vector;
    let out = vector.source;
    let differences = 0;
    let end = 0;
    for (let i = 0; i < count; i++) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ (HEADER_BYTES + 2 * view.getUint16(at));
      const most = longestText(view, at);
      if (end + most > out.length) out = grownBytes(out, end + most);
      const next = writeNumeric(out, end, view, at);
      outStarts[i] = end;
      lengths[i] = next - end;
      end = next;
    }
    checkNumericLengths(differences);
    vector.source = out;
  });
}

export function numericTextEncoder(): Encoder {
  return scalarEncoder<BytesVector>((vector, index) => wireOfText(textOf(vector, index)));
}

/** The numeric at `at` as a string: for messages and for what needn't be fast. */
export function numericText(view: DataView, at: number): string {
  const out = new Uint8Array(longestText(view, at));
  return Buffer.from(out.buffer, 0, writeNumeric(out, 0, view, at)).toString("latin1");
}

/** Digits of a number that a message shows. */
const SHOWN_CHARACTERS = 60;

/** The numeric at `at` for a message. */
export function shownNumeric(view: DataView, at: number): string {
  const text = numericText(view, at);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters)` : text;
}

/** At least as many bytes as the text takes, plus three: the last group is written whole. */
function longestText(view: DataView, at: number): number {
  return 16 + 4 * Math.max(0, view.getInt16(at + 2)) + view.getUint16(at + 6);
}

/** Gives where the text ends. Source: PostgreSQL get_str_from_var. */
function writeNumeric(out: Uint8Array, to: number, view: DataView, at: number): number {
  const sign = view.getUint16(at + 4);
  if ((sign & SPECIAL_BIT) !== 0) return writeAscii(out, to, specialText(sign));
  const weight = view.getInt16(at + 2);
  const firstGroup = at + HEADER_BYTES;
  const endOfGroups = firstGroup + 2 * view.getUint16(at);
  let end = to;
  if (sign === NEGATIVE) out[end++] = MINUS;
  let group = firstGroup;
  if (weight < 0) out[end++] = ZERO;
  else {
    end = writeLeadingGroup(out, end, group < endOfGroups ? view.getUint16(group) : 0);
    group += 2;
    for (let left = weight; left > 0; left--, group += 2) {
      writeGroup(out, end, group < endOfGroups ? view.getUint16(group) : 0);
      end += 4;
    }
  }
  const dscale = view.getUint16(at + 6);
  if (dscale === 0) return end;
  out[end++] = POINT;
  let written = 0;
  // Groups of zeros between the point and the first group that was sent.
  for (let missing = -1 - weight; missing > 0 && written < dscale; missing--, written += 4) writeGroup(out, end + written, 0);
  for (; written < dscale; written += 4, group += 2)
    writeGroup(out, end + written, group < endOfGroups ? view.getUint16(group) : 0);
  return end + dscale;
}

function writeLeadingGroup(out: Uint8Array, at: number, group: number): number {
  if (group >= 1000) {
    writeGroup(out, at, group);
    return at + 4;
  }
  let end = at;
  if (group >= 100) out[end++] = ZERO + ((group / 100) | 0);
  if (group >= 10) out[end++] = ZERO + (((group / 10) | 0) % 10);
  out[end++] = ZERO + (group % 10);
  return end;
}

function writeGroup(out: Uint8Array, at: number, group: number): void {
  const hundreds = (group / 100) | 0;
  const first = DIGIT_PAIRS[hundreds]!;
  const second = DIGIT_PAIRS[group - 100 * hundreds]!;
  out[at] = first;
  out[at + 1] = first >>> 8;
  out[at + 2] = second;
  out[at + 3] = second >>> 8;
}

function writeAscii(out: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}
