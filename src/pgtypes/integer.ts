import type { LogicalType } from "../model/logical-type.ts";
import type { Word32Vector, Word64Vector } from "../model/vector.ts";
import type { Decoder, DecoderSpec, Encoder, MappingRequest, TypeFamily } from "./contract.ts";
import { integerAsDecimalDecoder, integerAsDecimalEncoder } from "./integer-decimal.ts";
import { isBuiltIn, type Target, targetOf } from "./override.ts";
import {
  checkWidths,
  policyOf,
  type RejectPolicy,
  rejectPolicy,
  room32,
  room64,
  scalarDecoder,
  scalarEncoder,
  word32Vector,
  word64Vector,
} from "./scalar.ts";
import {
  bigintOf,
  float64Of,
  type IntegerName,
  wire16,
  wireInteger,
  word32Decoder,
  word32Encoder,
  word64Decoder,
  word64Encoder,
} from "./words.ts";

interface IntegerSpec extends DecoderSpec {
  readonly wire: IntegerName;
  readonly as: "int" | "int64" | "float64" | "decimal";
  readonly precision?: number;
  readonly scale?: number;
  readonly unrepresentable: RejectPolicy;
  readonly round: boolean;
}

/**
 * int2, int4, int8 and oid: big-endian two's complement of 2, 4 and 8 bytes, and an unsigned word. Spark reads no unsigned types,
 * so oid is INT64 in `lake`. Source: PostgreSQL int2send, int4send, int8send, oidsend.
 */
export const integerFamily: TypeFamily = {
  codecs: ["integer"],
  map(request) {
    if (!isBuiltIn(request, "int2", "int4", "int8", "oid")) return null;
    const target = targetOf(request, ["text", "json", "int64", "float64", "decimal"]);
    if (target?.as === "text" || target?.as === "json") return null;
    const wire = request.type.name as IntegerName;
    const mayNotFit = target?.as === "decimal" || (target?.as === "float64" && wire === "int8");
    if (mayNotFit && policyOf(request.options) === "text") return null;
    const unrepresentable = rejectPolicy(request.options);
    const { round = false } = request.options.override;
    const spec = { codec: "integer", wire, unrepresentable, round };
    if (target?.as === "decimal") {
      const { precision, scale } = target;
      return { type: { type: "decimal", precision, scale }, spec: { ...spec, as: "decimal", precision, scale }, project: null };
    }
    const as = landsAs(wire, target, request);
    return { type: typeOf(wire, as), spec: { ...spec, as }, project: null };
  },
  createDecoder: (spec) => createDecoder(spec as IntegerSpec),
  createEncoder: (spec) => createEncoder(spec as IntegerSpec),
};

function landsAs(wire: IntegerName, target: Target | null, { options }: MappingRequest): "int" | "int64" | "float64" {
  if (target?.as === "float64") return "float64";
  if (wire === "int8") return "int";
  return target?.as === "int64" || (wire === "oid" && options.profile === "lake") ? "int64" : "int";
}

function typeOf(wire: IntegerName, as: "int" | "int64" | "float64"): LogicalType {
  if (as === "float64") return { type: "float", bits: 64 };
  if (as === "int64" || wire === "int8") return { type: "int", bits: 64, signed: true };
  return { type: "int", bits: wire === "int2" ? 16 : 32, signed: wire !== "oid" };
}

function createDecoder({ wire, as, precision, scale, unrepresentable, round }: IntegerSpec): Decoder {
  if (as === "decimal") return integerAsDecimalDecoder(wire, precision!, scale!, unrepresentable);
  if (as === "float64") return wire === "int8" ? int8AsFloat64(unrepresentable, round) : narrowDecoder(wire, "float64");
  if (wire === "int8") return word64Decoder(wire);
  if (as === "int64") return narrowDecoder(wire, "int64");
  return wire === "int2" ? int2Decoder() : word32Decoder(wire);
}

function int2Decoder(): Decoder {
  const vector = word32Vector();
  return scalarDecoder(vector, ({ view, starts, begin, count }) => {
    const values = room32(vector, count);
    let differences = 0;
    for (let i = 0; i < count; i++) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ 2;
      values[i] = view.getInt16(at);
    }
    checkWidths(differences, "int2", 2);
  });
}

/** Integers of at most 32 bits in 64: every one is an exact int64 and an exact double. */
function narrowDecoder(wire: "int2" | "int4" | "oid", as: "int64" | "float64"): Decoder {
  const vector = word64Vector();
  const width = wire === "int2" ? 2 : 4;
  const scratch = new DataView(new ArrayBuffer(8));
  return scalarDecoder(vector, ({ view, starts, begin, count }) => {
    const words = room64(vector, count);
    let differences = 0;
    for (let i = 0; i < count; i++) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ width;
      const value = wire === "int2" ? view.getInt16(at) : wire === "int4" ? view.getInt32(at) : view.getUint32(at);
      if (as === "float64") {
        scratch.setFloat64(0, value);
        words[2 * i] = scratch.getInt32(4);
        words[2 * i + 1] = scratch.getInt32(0);
      } else {
        words[2 * i] = value | 0;
        words[2 * i + 1] = value < 0 ? -1 : 0;
      }
    }
    checkWidths(differences, wire, width);
  });
}

function int8AsFloat64(policy: RejectPolicy, round: boolean): Decoder {
  const vector = word64Vector();
  const scratch = new DataView(new ArrayBuffer(8));
  const decodeValues: Parameters<typeof scalarDecoder>[1] = ({ view, starts, begin, count }, reject) => {
    const words = room64(vector, count);
    let differences = 0;
    for (let i = 0, n = 0; i < count; i++) {
      const at = starts[begin + i]!;
      differences |= view.getInt32(at - 4) ^ 8;
      const high = view.getInt32(at);
      const low = view.getUint32(at + 4);
      const value = high * 2 ** 32 + low;
      const highBack = Math.floor(value / 2 ** 32);
      if (!round && (highBack !== high || value - highBack * 2 ** 32 !== low)) {
        reject(i, `${view.getBigInt64(at)} has no exact float64`, "round");
        continue;
      }
      scratch.setFloat64(0, value);
      words[2 * n] = scratch.getInt32(4);
      words[2 * n++ + 1] = scratch.getInt32(0);
    }
    checkWidths(differences, "int8", 8);
  };
  return scalarDecoder(vector, decodeValues, policy);
}

function createEncoder({ wire, as, scale }: IntegerSpec): Encoder {
  if (as === "decimal") return integerAsDecimalEncoder(wire, scale!);
  if (as === "float64")
    return scalarEncoder<Word64Vector>((vector, index) => wireInteger(wire, BigInt(float64Of(vector, index))));
  if (as === "int64") return scalarEncoder<Word64Vector>((vector, index) => wireInteger(wire, bigintOf(vector, index)));
  if (wire === "int8") return word64Encoder();
  return wire === "int2" ? scalarEncoder<Word32Vector>(({ values }, index) => wire16(values[index]!)) : word32Encoder();
}

/** Edge values by type, as SQL literals. */
export const integerEdges: Readonly<Record<string, readonly string[]>> = {
  int2: ["0", "1", "-1", "32767", "-32768"],
  int4: ["0", "1", "-1", "2147483647", "-2147483648"],
  int8: [
    "0",
    "1",
    "-1",
    "4294967295",
    "4294967296",
    "-4294967296",
    "9007199254740993",
    "-9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
  ],
  oid: ["0", "1", "2147483648", "4294967295"],
};
