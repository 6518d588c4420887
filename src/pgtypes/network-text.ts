/** The text of IP addresses as PostgreSQL writes it. Source: PostgreSQL src/port/inet_net_ntop.c. */

const COLON = 0x3a;
const DOT = 0x2e;
const SLASH = 0x2f;

/**
 * Writes the address of 4 or 16 bytes at `from`, and `/prefix` unless that is -1. Gives where the text ends.
 */
export function writeAddress(
  out: Uint8Array,
  at: number,
  bytes: Uint8Array,
  from: number,
  addressBytes: number,
  prefix: number,
): number {
  const end = addressBytes === 4 ? writeV4(out, at, bytes, from) : writeV6(out, at, bytes, from);
  if (prefix === -1) return end;
  out[end] = SLASH;
  return writeSmall(out, end + 1, prefix);
}

function writeV4(out: Uint8Array, at: number, bytes: Uint8Array, from: number): number {
  let end = at;
  for (let i = 0; i < 4; i++) {
    if (i > 0) out[end++] = DOT;
    end = writeSmall(out, end, bytes[from + i]!);
  }
  return end;
}

/** 0–255 in decimal. */
function writeSmall(out: Uint8Array, at: number, value: number): number {
  let end = at;
  if (value >= 100) out[end++] = 48 + ((value / 100) | 0);
  if (value >= 10) out[end++] = 48 + (((value / 10) | 0) % 10);
  out[end++] = 48 + (value % 10);
  return end;
}

/** The first of the longest runs of zero words becomes `::`, if it has two words; an IPv4 address at the end is written as one. */
function writeV6(out: Uint8Array, at: number, bytes: Uint8Array, from: number): number {
  const run = longestZeroRun(bytes, from);
  const base = run >>> 4;
  const length = run & 15;
  let end = at;
  for (let i = 0; i < 8; i++) {
    if (length > 0 && i >= base && i < base + length) {
      if (i === base) out[end++] = COLON;
      continue;
    }
    if (i !== 0) out[end++] = COLON;
    if (i === 6 && length > 0 && base === 0 && (length === 6 || (length === 5 && wordAt(bytes, from, 5) === 0xffff)))
      return writeV4(out, end, bytes, from + 12);
    end = writeHexWord(out, end, wordAt(bytes, from, i));
  }
  if (length > 0 && base + length === 8) out[end++] = COLON;
  return end;
}

function wordAt(bytes: Uint8Array, from: number, index: number): number {
  return (bytes[from + 2 * index]! << 8) | bytes[from + 2 * index + 1]!;
}

/** First word × 16 + number of words; 0 when no run has two words. */
function longestZeroRun(bytes: Uint8Array, from: number): number {
  let best = 0;
  let bestLength = 1;
  let length = 0;
  for (let i = 0; i < 8; i++) {
    length = wordAt(bytes, from, i) === 0 ? length + 1 : 0;
    if (length > bestLength) {
      bestLength = length;
      best = ((i - length + 1) << 4) | length;
    }
  }
  return best;
}

const HEX_DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** Without leading zeros. */
function writeHexWord(out: Uint8Array, at: number, word: number): number {
  let end = at;
  if (word >= 0x1000) out[end++] = HEX_DIGITS[word >>> 12]!;
  if (word >= 0x100) out[end++] = HEX_DIGITS[(word >>> 8) & 15]!;
  if (word >= 0x10) out[end++] = HEX_DIGITS[(word >>> 4) & 15]!;
  out[end++] = HEX_DIGITS[word & 15]!;
  return end;
}

/** The 4 or 16 bytes of an address in the text that {@link writeAddress} gives. */
export function parseAddress(text: string): number[] {
  if (!text.includes(":")) return text.split(".").map(Number);
  const [head = "", tail] = text.split("::") as [string, string?];
  const first = wordBytes(head);
  if (tail === undefined) return first;
  const last = wordBytes(tail);
  return [...first, ...new Array<number>(16 - first.length - last.length).fill(0), ...last];
}

function wordBytes(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (part.includes(".")) return part.split(".").map(Number);
    const word = Number.parseInt(part, 16);
    return [word >>> 8, word & 255];
  });
}
