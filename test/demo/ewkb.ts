import type { MultiPolygon, Position } from "../../dev/demo/geometry.ts";

/** Reads back what the demo wrote, from the page of the format and not from its writer. Source: PostGIS doc/ZMSgeoms.txt. */
export function readMultiPolygonEwkb(bytes: Buffer): { srid: number; geometry: MultiPolygon } {
  let at = 0;
  const advance = (byteLength: number) => {
    at += byteLength;
    return at - byteLength;
  };
  const count = () => bytes.readUInt32LE(advance(4));
  const header = (expected: number) => {
    if (bytes.readUInt8(advance(1)) !== 1) throw new Error("not little-endian");
    const type = count();
    if (type !== expected) throw new Error(`type ${type.toString(16)}, not ${expected.toString(16)}`);
  };
  const times = <T>(read: () => T): T[] => Array.from({ length: count() }, read);
  const position = (): Position => [bytes.readDoubleLE(advance(8)), bytes.readDoubleLE(advance(8))];

  header(0x20000006);
  const srid = count();
  const geometry = times(() => {
    header(3);
    return times(() => times(position));
  });
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes left over`);
  return { srid, geometry };
}
