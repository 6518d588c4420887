import type { BytesVector } from "../model/vector.ts";
import type { Decoder, Encoder } from "./contract.ts";
import { bytesVector, grownBytes, HEX_PAIRS, roomValues, textOf } from "./produced-text.ts";
import { checkWidths, scalarDecoder, scalarEncoder } from "./scalar.ts";

/** `08:00:2b:01:02:03`: two lower-case digits for each of `width` bytes. Source: PostgreSQL macaddr_out, macaddr8_out. */
export function macTextDecoder(type: string, width: 6 | 8): Decoder {
  const vector = bytesVector();
  const length = 3 * width - 1;
  return scalarDecoder(vector, ({ bytes, view, starts, begin, count }) => {
    roomValues(vector, count);
    vector.source = grownBytes(vector.source, (length + 1) * count);
    const { source, starts: outStarts, lengths } = vector;
    let differences = 0;
    for (let i = 0, to = 0; i < count; i++) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ width;
      outStarts[i] = to;
      lengths[i] = length;
      for (let b = 0; b < width; b++, to += 3) {
        const pair = HEX_PAIRS[bytes[at + b]!]!;
        source[to] = pair;
        source[to + 1] = pair >>> 8;
        // Also after the last pair, where the next value starts: it lies beyond this one's length.
        source[to + 2] = 0x3a;
      }
    }
    checkWidths(differences, type, width);
  });
}

export function macTextEncoder(): Encoder {
  return scalarEncoder<BytesVector>((vector, index) => Buffer.from(textOf(vector, index).replaceAll(":", ""), "hex"));
}
