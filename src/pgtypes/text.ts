import type { BytesVector } from "../model/vector.ts";
import { wireBytesDecoder } from "./bytea.ts";
import type { Decoder, DecoderSpec, Encoder, MappingRequest, TypeFamily } from "./contract.ts";
import { corrupt } from "./nested.ts";
import { isBuiltIn, targetOf } from "./override.ts";
import { bytesOf, bytesVector, roomValues } from "./produced-text.ts";
import { policyOf, type RejectPolicy, rejectPolicy, scalarDecoder, scalarEncoder } from "./scalar.ts";
import { textAsUuidDecoder, textAsUuidEncoder } from "./uuid.ts";

interface TextSpec extends DecoderSpec {
  readonly codec: "text" | "text_as_json" | "text_as_uuid" | "jsonb";
  readonly unrepresentable: RejectPolicy;
}

/**
 * text, varchar, bpchar (its blanks are part of what lands), name, citext, json and jsonb: UTF-8, as the session's
 * client_encoding asks for. Source: PostgreSQL textsend, bpcharsend, namesend, json_send, jsonb_send.
 */
export const textFamily: TypeFamily = {
  codecs: ["text", "text_as_json", "text_as_uuid", "jsonb"],
  map(request) {
    if (isBuiltIn(request, "json", "jsonb")) {
      if (targetOf(request, ["text", "json"])?.as === "text") return asText(request);
      return { type: { type: "json" }, spec: { codec: request.type.name === "jsonb" ? "jsonb" : "text" }, project: null };
    }
    if (!isText(request)) return null;
    const unrepresentable = rejectPolicy(request.options);
    const as = targetOf(request, ["text", "json", "uuid", "bytes", "geometry", "geography"])?.as;
    switch (policyOf(request.options) === "text" && (as === "json" || as === "uuid") ? "text" : as) {
      case "json":
        return { type: { type: "json" }, spec: { codec: "text_as_json", unrepresentable }, project: null };
      case "uuid":
        return { type: { type: "uuid" }, spec: { codec: "text_as_uuid", unrepresentable }, project: null };
      case "bytes":
        return { type: { type: "binary" }, spec: { codec: "text" }, project: null };
      case "geometry":
      case "geography":
        return null;
      default:
        return { type: { type: "utf8" }, spec: { codec: "text" }, project: null };
    }
  },
  createDecoder: (spec) => createDecoder(spec as TextSpec),
  createEncoder: (spec) => createEncoder(spec as TextSpec),
};

function isText(request: MappingRequest): boolean {
  const { kind, extension, name } = request.type;
  return (
    isBuiltIn(request, "text", "varchar", "bpchar", "name") || (kind === "base" && extension === "citext" && name === "citext")
  );
}

/** JSON without its mark: the same bytes. */
function asText({ type }: MappingRequest) {
  return { type: { type: "utf8" }, spec: { codec: type.name === "jsonb" ? "jsonb" : "text" }, project: null } as const;
}

function createDecoder({ codec, unrepresentable }: TextSpec): Decoder {
  switch (codec) {
    case "text":
      return wireBytesDecoder();
    case "jsonb":
      return jsonbDecoder();
    case "text_as_json":
      return textAsJsonDecoder(unrepresentable);
    case "text_as_uuid":
      return textAsUuidDecoder(unrepresentable);
  }
}

function createEncoder({ codec }: TextSpec): Encoder {
  if (codec === "text_as_uuid") return textAsUuidEncoder();
  if (codec !== "jsonb") return scalarEncoder<BytesVector>(bytesOf);
  return scalarEncoder<BytesVector>((vector, index) => Uint8Array.of(JSONB_VERSION, ...bytesOf(vector, index)));
}

const JSONB_VERSION = 1;

/** A version byte, then the text. */
function jsonbDecoder(): Decoder {
  const vector = bytesVector();
  return scalarDecoder(vector, ({ bytes, view, starts, begin, count }) => {
    roomValues(vector, count);
    const { starts: outStarts, lengths } = vector;
    let differences = 0;
    for (let i = 0; i < count; i++) {
      const at = starts[begin + i]!;
      const length = view.getInt32(at - 4);
      differences |= (bytes[at]! ^ JSONB_VERSION) | (length < 1 ? 1 : 0);
      outStarts[i] = at + 1;
      lengths[i] = length - 1;
    }
    if (differences !== 0) throw corrupt("a field of type jsonb of another version than 1");
    vector.source = bytes;
  });
}

/** Text that the config says holds JSON: each value is parsed to see that it does, and lands as it stands. */
function textAsJsonDecoder(policy: RejectPolicy): Decoder {
  const vector = bytesVector();
  const decodeValues: Parameters<typeof scalarDecoder>[1] = ({ bytes, view, starts, begin, count }, reject) => {
    roomValues(vector, count);
    const { starts: outStarts, lengths } = vector;
    for (let i = 0, n = 0; i < count; i++) {
      const at = starts[begin + i]!;
      const length = view.getInt32(at - 4);
      if (!isJson(Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString("utf8"))) {
        reject(i, "a text that is not JSON");
        continue;
      }
      outStarts[n] = at;
      lengths[n++] = length;
    }
    vector.source = bytes;
  };
  return scalarDecoder(vector, decodeValues, policy);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const strings = [
  "",
  " ",
  "a",
  "  two blanks  ",
  "quote ' and \" and \\",
  "tab\tnewline\nreturn\r",
  "Grüße, 東京 🗺",
  "\u0001\u007f",
  "\u{10ffff}",
];

/** Edge values by type, as SQL literals. */
export const textEdges: Readonly<Record<string, readonly string[]>> = {
  text: [...strings, "x".repeat(5000)],
  varchar: strings,
  "varchar(5)": ["", "a    ", "東京"],
  "char(5)": ["", "a", "abcde", "  b", "東京"],
  name: ["", "pg_class", "x".repeat(63)],
  json: ["null", "{}", ' { "b" : 1, "a":1.0, "b":2 } ', '"\\u0000"', "12345678901234567890.10"],
  jsonb: ["null", "{}", '{"b": 1, "a": 1.0}', '"\\ud83d\\ude00"', "12345678901234567890.10", '""'],
};
