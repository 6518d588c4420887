import type { Decoder, DecoderSpec, Encoder, MappingRequest, TypeFamily } from "./contract.ts";
import { decimalDecoder, decimalEncoder } from "./decimal.ts";
import {
  numericAsFloat64Decoder,
  numericAsFloat64Encoder,
  numericAsInt64Decoder,
  numericAsInt64Encoder,
} from "./numeric-number.ts";
import { numericTextDecoder, numericTextEncoder } from "./numeric-text.ts";
import { isBuiltIn, targetOf } from "./override.ts";
import { policyOf, type RejectPolicy, rejectPolicy } from "./scalar.ts";

interface NumericSpec extends DecoderSpec {
  readonly codec: "numeric_text" | "numeric_decimal" | "numeric_float64" | "numeric_int64";
  readonly precision?: number;
  readonly scale?: number;
  /** Digits after the point that every value of the column shows; null when each has its own. */
  readonly dscale: number | null;
  readonly unrepresentable: RejectPolicy;
  readonly round?: boolean;
}

/**
 * numeric(p,s) → decimal; without precision, or where no decimal of 38 digits holds it, exact text. Every numeric type can hold
 * NaN, so under the policy `text` all of them land as text. Source: PostgreSQL numeric_send, numeric_out, numerictypmodin.
 */
export const numericFamily: TypeFamily = {
  codecs: ["numeric_text", "numeric_decimal", "numeric_float64", "numeric_int64"],
  map(request) {
    if (!isBuiltIn(request, "numeric")) return null;
    const target = targetOf(request, ["text", "json", "decimal", "float64", "int64"]);
    if (target?.as === "json") return null;
    const declared = declaredOf(request);
    const dscale = declared === null ? null : Math.max(0, declared.scale);
    const common = { dscale, unrepresentable: rejectPolicy(request.options) };
    const decimal = target === null ? declared && decimalOf(declared) : target.as === "decimal" ? target : null;
    if (policyOf(request.options) === "text" || target?.as === "text" || (target === null && decimal === null))
      return { type: { type: "utf8" }, spec: { codec: "numeric_text" }, project: null };
    if (decimal === null) {
      const as = target?.as;
      const { round = false } = request.options.override;
      return as === "int64"
        ? { type: { type: "int", bits: 64, signed: true }, spec: { codec: "numeric_int64", ...common }, project: null }
        : { type: { type: "float", bits: 64 }, spec: { codec: "numeric_float64", ...common, round }, project: null };
    }
    const { precision, scale } = decimal;
    return {
      type: { type: "decimal", precision, scale },
      spec: { codec: "numeric_decimal", precision, scale, ...common },
      project: null,
    };
  },
  createDecoder: (spec) => createDecoder(spec as NumericSpec),
  createEncoder: (spec) => createEncoder(spec as NumericSpec),
};

interface Declared {
  readonly precision: number;
  /** -1000 – 1000 since PostgreSQL 15. */
  readonly scale: number;
}

/** Source: PostgreSQL make_numeric_typmod: VARHDRSZ more than precision << 16 | 11 bits of scale, signed. */
function declaredOf({ typmod }: MappingRequest): Declared | null {
  if (typmod < 4) return null;
  const modifier = typmod - 4;
  return { precision: (modifier >>> 16) & 0xffff, scale: ((modifier & 0x7ff) ^ 1024) - 1024 };
}

/**
 * The decimal that holds every value of a numeric type. Parquet's scale lies between 0 and the precision, so numeric(3,-2), whole
 * hundreds below 100,000, becomes decimal(5,0), and numeric(2,5), below 0.001, becomes decimal(5,5). Null when 38 digits don't do.
 */
function decimalOf({ precision, scale }: Declared): { precision: number; scale: number } | null {
  const wanted = scale < 0 ? { precision: precision - scale, scale: 0 } : { precision: Math.max(precision, scale), scale };
  return wanted.precision <= 38 ? wanted : null;
}

function createDecoder({ codec, precision, scale, unrepresentable, round = false }: NumericSpec): Decoder {
  switch (codec) {
    case "numeric_text":
      return numericTextDecoder();
    case "numeric_decimal":
      return decimalDecoder(precision!, scale!, unrepresentable);
    case "numeric_float64":
      return numericAsFloat64Decoder(unrepresentable, round);
    case "numeric_int64":
      return numericAsInt64Decoder(unrepresentable);
  }
}

function createEncoder({ codec, scale, dscale }: NumericSpec): Encoder {
  switch (codec) {
    case "numeric_text":
      return numericTextEncoder();
    case "numeric_decimal":
      return decimalEncoder(scale!, dscale ?? scale!);
    case "numeric_float64":
      return numericAsFloat64Encoder(dscale ?? undefined);
    case "numeric_int64":
      return numericAsInt64Encoder(dscale ?? 0);
  }
}

const digits38 = "99999999999999999999999999999999999999";
const scaled = ["0", "0.00", "-0.01", "10.50", "1", "-1", "100", "0.1", "NaN"];

/** Edge values by type, as SQL literals. */
export const numericEdges: Readonly<Record<string, readonly string[]>> = {
  numeric: [
    "0",
    "0.00",
    "10.50",
    "-10.50",
    "1e-5",
    "1e-20",
    "0.00010000",
    "10000",
    "100000000",
    "1e30",
    "123456789012345678901234567890.123456789012345678901234567890",
    "NaN",
    "Infinity",
    "-Infinity",
    `1e1000`,
    `1e-1000`,
    "9".repeat(300),
  ],
  "numeric(4,0)": ["0", "9999", "-9999", "1", "NaN"],
  "numeric(9,4)": ["0.0001", "99999.9999", "-99999.9999", "10000", ...scaled],
  "numeric(10,2)": ["99999999.99", "-99999999.99", "10000.00", "0.10", ...scaled],
  "numeric(15,3)": ["999999999999.999", "-999999999999.999", "0.001", ...scaled],
  "numeric(18,2)": ["9999999999999999.99", "-9999999999999999.99", "42949672.96", "-42949672.96", ...scaled],
  "numeric(18,17)": ["9.99999999999999999", "-9.99999999999999999", "0.00000000000000001", "1", "NaN"],
  "numeric(20,6)": ["99999999999999.999999", "-99999999999999.999999", "0.000001", ...scaled],
  "numeric(38,0)": [digits38, `-${digits38}`, "18446744073709551616", "-18446744073709551616", "0", "-1", "1", "NaN"],
  "numeric(38,10)": ["9999999999999999999999999999.9999999999", "-0.0000000001", "1000000000000", ...scaled],
  "numeric(38,38)": [`0.${digits38}`, `-0.${digits38}`, "1e-38", "0", "NaN"],
  "numeric(39,2)": [`${"9".repeat(37)}.99`, "-0.01", "0", "NaN"],
  "numeric(3,-2)": ["0", "99900", "-99900", "100", "149", "NaN"],
  "numeric(2,5)": ["0", "0.00099", "-0.00001", "NaN"],
  "numeric(1000,1000)": ["0", "1e-1000", "0.5"],
};
