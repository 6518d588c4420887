import type { TypeFamily } from "./contract.ts";
import { textRequest } from "./nested.ts";

/** Enums land as text: their labels, which is also what they send. Source: PostgreSQL enum_send. */
export const enumFamily: TypeFamily = {
  codecs: [],
  map({ type, options }, map) {
    return type.kind === "enum" ? map(textRequest(options)) : null;
  },
  createDecoder() {
    throw new Error("an enum travels as text");
  },
  createEncoder() {
    throw new Error("an enum travels as text");
  },
};
