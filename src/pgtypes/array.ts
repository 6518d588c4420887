import { type ArrayForm, type ArraySpec, createArrayDecoder, createArrayEncoder } from "./array-codec.ts";
import { readArrayHeader, readElementStarts, writeArray } from "./array-wire.ts";
import type { Mapping, TypeFamily } from "./contract.ts";
import { nestedList } from "./list-levels.ts";
import { elementOptions } from "./nested.ts";
import { arrayAsTextElements, isServerText } from "./server-text.ts";
import { shapedArrayForm, shapedArrayProjection } from "./shaped-array.ts";

/**
 * Arrays land as LIST, nested by the declared number of dimensions (1 where nobody declared it). PostgreSQL doesn't hold values to
 * that declaration: a value with another number of dimensions, or with a lower bound other than 1, has no counterpart. An empty array
 * has no dimensions, and is an empty list.
 *
 * Elements that land as the server's text are asked for as `text[]`, in the same shape. Elements that need another rewrite
 * (composites with such members) travel in the form of shaped-array.ts.
 */
export const arrayFamily: TypeFamily = {
  codecs: ["array", "shaped_array"],
  map({ type, typmod, dimensions: declared, options }, map) {
    if (type.kind !== "array" || type.element === undefined) return null;
    if (options.unrepresentable === "text") return null;
    const dimensions = Math.max(1, declared);
    const element = map({ type: type.element, typmod, dimensions: 0, options: elementOptions(options) });
    const travels =
      element.project === null
        ? { codec: "array", elementOid: type.element.oid, project: null }
        : isServerText(element)
          ? { codec: "array", ...arrayAsTextElements(type.element) }
          : { codec: "shaped_array", ...shapedArrayProjection(element) };
    const { codec, elementOid, ...projection } = travels;
    const spec = { codec, dimensions, elementOid, element: element.spec, unrepresentable: options.unrepresentable };
    return { type: nestedList(element.type, dimensions), spec, ...projection } satisfies Mapping;
  },
  createDecoder: (spec, create) =>
    createArrayDecoder(spec as ArraySpec, create((spec as ArraySpec).element), formOf(spec as ArraySpec)),
  createEncoder: (spec, create) =>
    createArrayEncoder(spec as ArraySpec, create((spec as ArraySpec).element), formOf(spec as ArraySpec)),
};

function formOf(spec: ArraySpec): ArrayForm {
  return spec.codec === "array" ? arrayForm(spec.elementOid) : shapedArrayForm(spec.elementOid);
}

/** Arrays as array_send gives them. */
function arrayForm(elementOid: number): ArrayForm {
  return {
    readShape: ({ view }, start, end, header) => readArrayHeader(view, start, end, elementOid, header),
    readElements: ({ view }, header, into) => readElementStarts(view, header, into),
    write: ({ lengths, from, to }, elements) => writeArray(elementOid, lengths, elements, from, to),
  };
}
