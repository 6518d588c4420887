import type { TypeFamily } from "./contract.ts";
import { mapsOnly } from "./nested.ts";
import { isServerText, serverTextFamily } from "./server-text.ts";

/**
 * A domain lands as its base, whose wire form is its own. The modifier and the array dimensions are the domain's; a column of a
 * domain's type has none. Source: pg_type.typbasetype, typtypmod, typndims.
 */
export const domainFamily: TypeFamily = {
  ...mapsOnly,
  map(request, map) {
    const { type, options } = request;
    if (type.kind !== "domain" || type.base === undefined) return null;
    const { type: base, typmod, dimensions } = type.base;
    const mapping = map({ type: base, typmod, dimensions: options.override.dimensions ?? dimensions, options });
    return isServerText(mapping) ? serverTextFamily.map(request, map) : mapping;
  },
};
