import type { Decoder, DecoderSpec, Encoder, TypeFamily } from "./contract.ts";
import { families } from "./families.ts";

const familyOfCodec: ReadonlyMap<string, TypeFamily> = new Map(
  families.flatMap((family) => family.codecs.map((codec) => [codec, family] as const)),
);

/** The decoder that a mapping's spec describes, on any thread. */
export function createDecoder(spec: DecoderSpec): Decoder {
  return familyOf(spec).createDecoder(spec, createDecoder);
}

/** The inverse of {@link createDecoder}. */
export function createEncoder(spec: DecoderSpec): Encoder {
  return familyOf(spec).createEncoder(spec, createEncoder);
}

function familyOf({ codec }: DecoderSpec): TypeFamily {
  const family = familyOfCodec.get(codec);
  if (family === undefined) throw new Error(`no family reads the codec "${codec}"`);
  return family;
}
