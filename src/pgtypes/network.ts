import type { BytesVector } from "../model/vector.ts";
import type { Decoder, DecoderSpec, Encoder, TypeFamily } from "./contract.ts";
import { macTextDecoder, macTextEncoder } from "./macaddr.ts";
import { corrupt } from "./nested.ts";
import { parseAddress, writeAddress } from "./network-text.ts";
import { isBuiltIn, targetOf } from "./override.ts";
import { bytesVector, grownBytes, roomValues, textOf } from "./produced-text.ts";
import { scalarDecoder, scalarEncoder } from "./scalar.ts";

type NetworkName = "inet" | "cidr" | "macaddr" | "macaddr8";

/**
 * inet, cidr, macaddr and macaddr8 land as the text of their output functions, which for inet has no /32 (a cast to text would
 * add it). Written here, so that the server sends the shorter binary form. Source: PostgreSQL network_send, network_out,
 * macaddr_out, macaddr8_out.
 */
export const networkFamily: TypeFamily = {
  codecs: ["inet", "cidr", "macaddr", "macaddr8"],
  map(request) {
    if (!isBuiltIn(request, "inet", "cidr", "macaddr", "macaddr8")) return null;
    if (targetOf(request, ["text", "json"])?.as === "json") return null;
    return { type: { type: "utf8" }, spec: { codec: request.type.name }, project: null };
  },
  createDecoder: (spec) => createDecoder(spec),
  createEncoder: (spec) => createEncoder(spec),
};

function createDecoder({ codec }: DecoderSpec): Decoder {
  const name = codec as NetworkName;
  if (name === "macaddr") return macTextDecoder(name, 6);
  return name === "macaddr8" ? macTextDecoder(name, 8) : addressDecoder(name);
}

function createEncoder({ codec }: DecoderSpec): Encoder {
  if (codec === "macaddr" || codec === "macaddr8") return macTextEncoder();
  return scalarEncoder<BytesVector>((vector, index) => wireAddress(textOf(vector, index), codec === "cidr"));
}

/** `xxxx:xxxx:xxxx:xxxx:xxxx:xxxx:255.255.255.255/128` */
const LONGEST = 50;
const HEADER_BYTES = 4;
/** PGSQL_AF_INET and PGSQL_AF_INET6: the same on every platform. */
const FAMILY_V4 = 2;
const FAMILY_V6 = 3;

/** Family, prefix length, whether it is a cidr, number of address bytes; then the address. */
function addressDecoder(name: "inet" | "cidr"): Decoder {
  const vector = bytesVector();
  const isCidr = name === "cidr";
  return scalarDecoder(vector, ({ bytes, view, starts, begin, count }) => {
    roomValues(vector, count);
    vector.source = grownBytes(vector.source, LONGEST * count);
    const { source, starts: outStarts, lengths } = vector;
    let end = 0;
    for (let i = 0; i < count; i++) {
      const at = starts[begin + i]!;
      const addressBytes = bytes[at] === FAMILY_V4 ? 4 : bytes[at] === FAMILY_V6 ? 16 : -1;
      const prefix = bytes[at + 1]!;
      const fits = view.getInt32(at - 4) === HEADER_BYTES + addressBytes && bytes[at + 3] === addressBytes;
      if (!fits || prefix > addressBytes * 8) throw corrupt(`a field of type ${name} that is no address`);
      outStarts[i] = end;
      const next = writeAddress(
        source,
        end,
        bytes,
        at + HEADER_BYTES,
        addressBytes,
        isCidr || prefix < addressBytes * 8 ? prefix : -1,
      );
      lengths[i] = next - end;
      end = next;
    }
  });
}

function wireAddress(text: string, isCidr: boolean): Uint8Array {
  const [address, prefix] = text.split("/") as [string, string?];
  const bytes = parseAddress(address);
  const family = bytes.length === 4 ? FAMILY_V4 : FAMILY_V6;
  const bits = prefix === undefined ? bytes.length * 8 : Number(prefix);
  return Uint8Array.of(family, bits, isCidr ? 1 : 0, bytes.length, ...bytes);
}

/** Edge values by type, as SQL literals. */
export const networkEdges: Readonly<Record<string, readonly string[]>> = {
  inet: [
    "0.0.0.0",
    "255.255.255.255",
    "10.0.0.1",
    "10.0.0.1/32",
    "10.0.0.1/8",
    "0.0.0.0/0",
    "::",
    "::/0",
    "::1",
    "::2",
    "::1/127",
    "1::",
    "1::1",
    "0:0:1::",
    "1:0:0:2:0:0:0:3",
    "1:0:0:2:0:0:3:4",
    "1:0:2:3:4:5:6:7",
    "0:1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:0",
    "::1.2.3.4",
    "::ffff:1.2.3.4",
    "::ffff:1.2.3.4/96",
    "::ffff:0:0",
    "::1:0:0",
    "::0.1.0.0",
    "::ffff",
    "64:ff9b::1.2.3.4",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8:abcd:12::ff/64",
  ],
  cidr: ["10.0.0.0/8", "10.0.0.1/32", "0.0.0.0/0", "::/0", "::1/128", "2001:db8::/32", "::ffff:0:0/96"],
  macaddr: ["00:00:00:00:00:00", "08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"],
  macaddr8: ["00:00:00:00:00:00:00:00", "08:00:2b:01:02:03:04:05", "ff:ff:ff:ff:ff:ff:ff:ff"],
};
