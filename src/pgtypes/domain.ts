import type { TypeFamily } from "./contract.ts";
import { castTo } from "./sql.ts";

/**
 * A domain lands as its base, whose wire form is its own. The modifier and the array dimensions are the domain's; a column of a
 * domain's type has none. Source: pg_type.typbasetype, typtypmod, typndims.
 */
export const domainFamily: TypeFamily = {
  codecs: [],
  map({ type, options }, map) {
    if (type.kind !== "domain" || type.base === undefined) return null;
    const { type: base, typmod, dimensions } = type.base;
    const declared = options.override.dimensions ?? dimensions;
    const mapping = map({ type: base, typmod, dimensions: declared, options });
    const { project } = mapping;
    if (project === null) return mapping;
    return { ...mapping, project: (expression) => project(castTo(base, expression)) };
  },
  createDecoder() {
    throw new Error("a domain travels as its base");
  },
  createEncoder() {
    throw new Error("a domain travels as its base");
  },
};
