import type { ArrayForm } from "./array-codec.ts";
import {
  type ArrayHeader,
  type ElementStarts,
  MAX_DIMENSIONS,
  readArrayHeader,
  readElementStarts,
  writeArray,
} from "./array-wire.ts";
import type { Fields, Mapping } from "./contract.ts";
import { corrupt, projectedOid, RECORD_ARRAY_OID, RECORD_OID, TEXT_OID } from "./nested.ts";
import { readRecord, writeRecord } from "./record-wire.ts";
import { unlessNull } from "./sql.ts";

/**
 * Arrays whose elements are rewritten in the SELECT list. The array is taken apart, so its shape is sent beside its elements:
 * `ROW(array_dims(x), ARRAY(SELECT element FROM unnest …))`. Elements that are not records are wrapped into one of a single field,
 * because ARRAY of arrays would make one array of more dimensions.
 */
export function shapedArrayProjection(element: Mapping): {
  readonly elementOid: number;
  readonly project: (expression: string) => string;
  readonly projectedOid: number;
} {
  const elementOid = projectedOid(element);
  const projected = element.project?.("item.value") ?? "item.value";
  const record = elementOid === RECORD_OID ? projected : `ROW(${projected})`;
  // In a SELECT list unnest keeps a null element apart from a composite of nulls; in FROM, both become a row of nulls.
  const project = (expression: string) => {
    const elements = `ARRAY(SELECT ${record} FROM (SELECT pg_catalog.unnest(${expression}) AS value) AS item)`;
    return unlessNull(expression, `ROW(pg_catalog.array_dims(${expression}), ${elements})`);
  };
  return { elementOid, project, projectedOid: RECORD_OID };
}

const FIELD_OIDS = [TEXT_OID, RECORD_ARRAY_OID];

export function shapedArrayForm(elementOid: number): ArrayForm {
  const wrapped = elementOid !== RECORD_OID;
  const elementOids = [elementOid];
  const fieldStarts = new Int32Array(FIELD_OIDS.length);

  function readShape({ bytes, view }: Fields, start: number, end: number, header: ArrayHeader): void {
    readRecord(view, start, end, FIELD_OIDS, fieldStarts, 0, 1);
    const [dimensions, list] = fieldStarts as unknown as [number, number];
    if (list === -1) throw corrupt("an array's shape without its elements");
    readArrayHeader(view, list, list + view.getInt32(list - 4), RECORD_OID, header);
    const shape = dimensions === -1 ? "" : latin1(bytes, dimensions, view.getInt32(dimensions - 4));
    readDimensions(shape, header);
  }

  function readElements({ view }: Fields, header: ArrayHeader, into: ElementStarts): void {
    let index = into.count;
    readElementStarts(view, header, into);
    if (!wrapped) return;
    for (const { starts, count } = into; index < count; index++) {
      const start = starts[index]!;
      if (start === -1) throw corrupt("an array's element without its wrapper");
      readRecord(view, start, start + view.getInt32(start - 4), elementOids, starts, index, 1);
      if (starts[index] === -1) into.nullCount++;
    }
  }

  return {
    readShape,
    readElements,
    write({ lengths, from, to }, elements) {
      const items = elements.slice(from, to).map((element) => (wrapped ? writeRecord(elementOids, [element]) : element));
      const list = writeArray(RECORD_OID, items.length === 0 ? [] : [items.length], items, 0, items.length);
      const dimensions = lengths.length === 0 ? null : Buffer.from(lengths.map((length) => `[1:${length}]`).join(""));
      return writeRecord(FIELD_OIDS, [dimensions, list]);
    },
  };
}

function latin1(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString("latin1");
}

/** Puts the shape that array_dims gave as text (`[1:2][0:3]`; none for an empty array) into the header of the flat elements. */
function readDimensions(text: string, header: ArrayHeader): void {
  let elements = text === "" ? 0 : 1;
  let dimensions = 0;
  for (const [, lower, upper] of text.matchAll(/\[(-?\d+):(-?\d+)\]/g)) {
    if (dimensions === MAX_DIMENSIONS) break;
    header.lowerBounds[dimensions] = Number(lower);
    header.lengths[dimensions] = Number(upper) - Number(lower) + 1;
    elements *= header.lengths[dimensions]!;
    dimensions++;
  }
  if (elements !== header.elements) throw corrupt(`an array of shape ${JSON.stringify(text)} with ${header.elements} elements`);
  header.dimensions = dimensions;
}
