import type { TypeFamily } from "./contract.ts";
import { mapsOnly, textRequest } from "./nested.ts";

/** Enums land as text: their labels, which is also what they send. Source: PostgreSQL enum_send. */
export const enumFamily: TypeFamily = {
  ...mapsOnly,
  map({ type, options }, map) {
    return type.kind === "enum" ? map(textRequest(options)) : null;
  },
};
