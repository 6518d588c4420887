import type { TypeFamily } from "./contract.ts";
import { JSON_OID, jsonRequest, mapsOnly } from "./nested.ts";

/**
 * `as: json`: the server's own to_json(x), so arrays of any shape and rows of any type land. Numbers keep their digits, objects the
 * order of their attributes. What JSON can't say is a string there (NaN, infinity, dates), and an array's lower bounds aren't kept.
 * JSON, and text that holds JSON, land as they are: text.ts serves them first. Source: PostgreSQL, "JSON Creation Functions".
 */
export const asJsonFamily: TypeFamily = {
  ...mapsOnly,
  map({ options }, map) {
    if (options.override.as !== "json") return null;
    const { type: landed, spec } = map(jsonRequest(options));
    return { type: landed, spec, project: (expression) => `pg_catalog.to_json(${expression})`, projectedOid: JSON_OID };
  },
};
