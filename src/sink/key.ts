import { BronzeError } from "../model/errors.ts";

/** Begins the name of every file that the file sink makes for itself; no key may use it, so that such files are never listed or read. */
export const RESERVED_PREFIX = ".pg-bronze-";

/** S3's limit for a whole key, and the usual file system's for one name, both in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function fault(key: string): string | null {
  if (key === "") return "is empty";
  if (CONTROL.test(key)) return "has a control character";
  if (LONE_SURROGATE.test(key)) return "is not valid Unicode";
  if (key.includes("\\")) return "has a backslash";
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
  for (const segment of key.split("/")) {
    if (segment === "") return "has an empty segment";
    if (segment === "." || segment === "..") return `has the segment "${segment}"`;
    if (segment.startsWith(RESERVED_PREFIX)) return `has a segment that begins with ${RESERVED_PREFIX}`;
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `has a segment longer than ${MAX_SEGMENT_BYTES} bytes`;
  }
  return null;
}

/**
 * Both sinks take the same keys: relative, `/`-separated, no empty, `.` or `..` segment, no control character or backslash,
 * at most 1024 bytes in all and 255 in a segment. Everything else, `=` and non-ASCII included, is data.
 * @throws BronzeError KEY_INVALID
 */
export function assertKey(key: string): void {
  const reason = fault(key);
  if (reason === null) return;
  throw new BronzeError("KEY_INVALID", `the key ${JSON.stringify(key)} ${reason}`, {
    hint: "Look at the values that fill the key's placeholders in the object's config.",
    context: { key },
  });
}

/** A prefix is any beginning of a key: `""`, `a/`, `a/b`, also in the middle of a name. @throws BronzeError KEY_INVALID */
export function assertPrefix(prefix: string): void {
  if (prefix === "") return;
  const whole = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
  // The last name may go on, so "." and ".." are still beginnings of good names there.
  assertKey(prefix.endsWith("/") ? whole : `${whole}_`);
}

/** Byte order of UTF-8: the order in which all sinks list. JavaScript's own comparison goes by UTF-16 units and differs above U+FFFF. */
export function compareKeys(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Units of surrogate pairs, which stand for the highest code points, come after all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
