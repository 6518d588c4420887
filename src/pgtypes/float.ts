import type { Word64Vector } from "../model/vector.ts";
import type { Decoder, DecoderSpec, Encoder, TypeFamily } from "./contract.ts";
import { isBuiltIn, targetOf } from "./override.ts";
import { checkWidths, room64, scalarDecoder, scalarEncoder, word64Vector } from "./scalar.ts";
import { float64Of, wire32, word32Decoder, word32Encoder, word64Decoder, word64Encoder } from "./words.ts";

interface FloatSpec extends DecoderSpec {
  readonly codec: "float4" | "float8" | "float4_as_float64";
}

/** float4 and float8: IEEE 754, big-endian; NaN, infinities and -0 keep their bits. Source: PostgreSQL float4send, float8send. */
export const floatFamily: TypeFamily = {
  codecs: ["float4", "float8", "float4_as_float64"],
  map(request) {
    if (!isBuiltIn(request, "float4", "float8")) return null;
    const target = targetOf(request, ["text", "json", "float64"]);
    if (target?.as === "text" || target?.as === "json") return null;
    const { name } = request.type;
    const widened = name === "float4" && target?.as === "float64";
    const bits = name === "float4" && !widened ? 32 : 64;
    return { type: { type: "float", bits }, spec: { codec: widened ? "float4_as_float64" : name }, project: null };
  },
  createDecoder: (spec) => createDecoder(spec as FloatSpec),
  createEncoder: (spec) => createEncoder(spec as FloatSpec),
};

function createDecoder({ codec }: FloatSpec): Decoder {
  if (codec === "float8") return word64Decoder(codec);
  return codec === "float4" ? word32Decoder(codec) : float4AsFloat64();
}

function createEncoder({ codec }: FloatSpec): Encoder {
  if (codec === "float8") return word64Encoder();
  if (codec === "float4") return word32Encoder();
  const scratch = new DataView(new ArrayBuffer(4));
  return scalarEncoder<Word64Vector>((vector, index) => {
    scratch.setFloat32(0, float64Of(vector, index));
    return wire32(scratch.getInt32(0));
  });
}

function float4AsFloat64(): Decoder {
  const vector = word64Vector();
  const scratch = new DataView(new ArrayBuffer(8));
  return scalarDecoder(vector, ({ view, starts, begin, count }) => {
    const words = room64(vector, count);
    let differences = 0;
    for (let i = 0; i < count; i++) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ 4;
      scratch.setFloat64(0, view.getFloat32(at));
      words[2 * i] = scratch.getInt32(4);
      words[2 * i + 1] = scratch.getInt32(0);
    }
    checkWidths(differences, "float4", 4);
  });
}

/** Edge values by type, as SQL literals. */
export const floatEdges: Readonly<Record<string, readonly string[]>> = {
  float4: ["0", "-0", "1", "-1.5", "NaN", "Infinity", "-Infinity", "1e-45", "1.17549435e-38", "3.4028235e38", "16777217"],
  float8: [
    "0",
    "-0",
    "1",
    "0.1",
    "NaN",
    "Infinity",
    "-Infinity",
    "5e-324",
    "2.2250738585072014e-308",
    "1.7976931348623157e308",
    "9007199254740993",
  ],
};
