import { corrupt, fieldEnd, fieldStart, grownInt32, writeField } from "./nested.ts";

/**
 * The wire form of an array. Source: PostgreSQL array_send: int32 number of dimensions, int32 flag "has a null bitmap", int32 element
 * type OID; per dimension int32 length and int32 lower bound; then every element, the last dimension running fastest, as an int32
 * length (-1 for null) and its bytes. An empty array has no dimensions.
 */
export interface ArrayHeader {
  /** Number of dimensions; 0 for an empty array. */
  dimensions: number;
  readonly lengths: Int32Array;
  readonly lowerBounds: Int32Array;
  /** Number of elements. */
  elements: number;
  /** The elements lie in `[bodyStart .. bodyEnd)`, each behind its length. */
  bodyStart: number;
  bodyEnd: number;
}

/** Source: PostgreSQL, MAXDIM in utils/array.h. */
export const MAX_DIMENSIONS = 6;

const FIXED_HEADER_BYTES = 12;

export function createArrayHeader(): ArrayHeader {
  return {
    dimensions: 0,
    lengths: new Int32Array(MAX_DIMENSIONS),
    lowerBounds: new Int32Array(MAX_DIMENSIONS),
    elements: 0,
    bodyStart: 0,
    bodyEnd: 0,
  };
}

/**
 * Reads the header of the array in `view[start .. end)` into `header`.
 * @throws BronzeError WIRE_CORRUPT unless it is one of `elementOid` whose elements can lie before `end`.
 */
export function readArrayHeader(view: DataView, start: number, end: number, elementOid: number, header: ArrayHeader): void {
  if (end - start < FIXED_HEADER_BYTES) throw corrupt(`an array of ${end - start} bytes has no room for its header`);
  const dimensions = view.getInt32(start);
  if (dimensions < 0 || dimensions > MAX_DIMENSIONS) throw corrupt(`an array of ${dimensions} dimensions`);
  const oid = view.getUint32(start + 8);
  if (oid !== elementOid) throw corrupt(`an array of elements of type ${oid} where the type is ${elementOid}`);
  const bodyStart = start + FIXED_HEADER_BYTES + dimensions * 8;
  if (bodyStart > end) throw corrupt("an array that ends within its dimensions");
  const mostElements = (end - bodyStart) >> 2;
  let elements = dimensions === 0 ? 0 : 1;
  for (let level = 0, at = start + FIXED_HEADER_BYTES; level < dimensions; level++, at += 8) {
    const length = view.getInt32(at);
    elements *= length;
    if (length < 1 || elements > mostElements) throw corrupt(`an array dimension of ${length} in ${end - start} bytes`);
    header.lengths[level] = length;
    header.lowerBounds[level] = view.getInt32(at + 4);
  }
  header.dimensions = dimensions;
  header.elements = elements;
  header.bodyStart = bodyStart;
  header.bodyEnd = end;
}

/** Where the elements of many arrays lie, end to end: the `starts` of the fields that their one decoder reads. */
export interface ElementStarts {
  starts: Int32Array;
  count: number;
  nullCount: number;
}

/**
 * Appends the starts of the elements of one array to `into`.
 * @throws BronzeError WIRE_CORRUPT unless they end exactly where the body ends.
 */
export function readElementStarts(view: DataView, header: ArrayHeader, into: ElementStarts): void {
  const last = into.count + header.elements;
  into.starts = grownInt32(into.starts, last);
  const { starts } = into;
  const end = header.bodyEnd;
  let at = header.bodyStart;
  for (let index = into.count; index < last; index++) {
    const start = fieldStart(view, at, end, "an array");
    starts[index] = start;
    if (start === -1) into.nullCount++;
    at = fieldEnd(view, at, start);
  }
  if (at !== end) throw corrupt(`${end - at} bytes after an array's last element`);
  into.count = last;
}

/**
 * What array_send gives for `values[from .. to)` in dimensions of `lengths`, all with lower bound 1 (none for an empty array).
 * The flag says whether there is a null; PostgreSQL also sets it for an array whose nulls have all been overwritten in place.
 */
export function writeArray(
  elementOid: number,
  lengths: readonly number[],
  values: readonly (Uint8Array | null)[],
  from: number,
  to: number,
): Uint8Array {
  let hasNull = false;
  let bodyBytes = 0;
  for (let index = from; index < to; index++) {
    const value = values[index]!;
    if (value === null) hasNull = true;
    bodyBytes += 4 + (value === null ? 0 : value.length);
  }
  const out = new Uint8Array(FIXED_HEADER_BYTES + lengths.length * 8 + bodyBytes);
  const view = new DataView(out.buffer);
  view.setInt32(0, lengths.length);
  view.setInt32(4, hasNull ? 1 : 0);
  view.setUint32(8, elementOid);
  let at = FIXED_HEADER_BYTES;
  for (const length of lengths) {
    view.setInt32(at, length);
    view.setInt32(at + 4, 1);
    at += 8;
  }
  for (let index = from; index < to; index++) at = writeField(out, view, at, values[index]!);
  return out;
}
