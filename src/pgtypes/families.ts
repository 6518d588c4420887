import { arrayFamily } from "./array.ts";
import { asJsonFamily } from "./as-json.ts";
import { boolFamily } from "./bool.ts";
import { byteaFamily } from "./bytea.ts";
import { compositeFamily } from "./composite.ts";
import type { TypeFamily } from "./contract.ts";
import { dateFamily } from "./date.ts";
import { domainFamily } from "./domain.ts";
import { enumFamily } from "./enum.ts";
import { floatFamily } from "./float.ts";
import { geometryFamily } from "./geometry.ts";
import { hstoreFamily } from "./hstore.ts";
import { integerFamily } from "./integer.ts";
import { networkFamily } from "./network.ts";
import { numericFamily } from "./numeric.ts";
import { serverTextFamily } from "./server-text.ts";
import { textFamily } from "./text.ts";
import { timeFamily } from "./time.ts";
import { timestampFamily } from "./timestamp.ts";
import { uuidFamily } from "./uuid.ts";

/**
 * Every family, in order of precedence: the first that serves a type maps it. A domain is its base before anything is asked of it;
 * text may hold JSON, so it is asked before the server is asked for JSON; the server's own text, which serves everything, is last.
 */
export const families: readonly TypeFamily[] = [
  domainFamily,
  textFamily,
  asJsonFamily,
  arrayFamily,
  compositeFamily,
  enumFamily,
  hstoreFamily,
  geometryFamily,
  boolFamily,
  integerFamily,
  floatFamily,
  numericFamily,
  byteaFamily,
  uuidFamily,
  dateFamily,
  timeFamily,
  timestampFamily,
  networkFamily,
  serverTextFamily,
];
