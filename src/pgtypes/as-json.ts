import type { TypeFamily } from "./contract.ts";
import { JSON_OID, jsonRequest } from "./nested.ts";

/**
 * `as: json`: the server's own to_json(x), so arrays of any shape and rows of any type land. Numbers keep their digits (to_jsonb
 * would keep them too, but drop the order of keys). What JSON can't say is a string there: NaN, infinity, dates; an array's lower
 * bounds aren't kept. A column that is JSON already stays what it is. Source: PostgreSQL, "JSON Creation Functions".
 */
export const asJsonFamily: TypeFamily = {
  codecs: [],
  map({ type, options }, map) {
    if (options.override.as !== "json" || isJson(type)) return null;
    const { type: landed, spec } = map(jsonRequest(options));
    return { type: landed, spec, project: (expression) => `pg_catalog.to_json(${expression})`, projectedOid: JSON_OID };
  },
  createDecoder() {
    throw new Error("a value as JSON travels as json");
  },
  createEncoder() {
    throw new Error("a value as JSON travels as json");
  },
};

function isJson(type: { readonly schema: string; readonly name: string }): boolean {
  return type.schema === "pg_catalog" && (type.name === "json" || type.name === "jsonb");
}
