import { arrayFamily } from "./array.ts";
import { asJsonFamily } from "./as-json.ts";
import { compositeFamily } from "./composite.ts";
import type { TypeFamily } from "./contract.ts";
import { domainFamily } from "./domain.ts";
import { enumFamily } from "./enum.ts";
import { geometryFamily } from "./geometry.ts";
import { hstoreFamily } from "./hstore.ts";
import { serverTextFamily } from "./server-text.ts";

/**
 * Every family, in order of precedence: the first that serves a type maps it. What the user asked for comes before what the type
 * is, geometry before the bytea and text that may hold it, and the server's own text, which serves everything, last.
 */
export const families: readonly TypeFamily[] = [
  asJsonFamily,
  domainFamily,
  arrayFamily,
  compositeFamily,
  enumFamily,
  hstoreFamily,
  geometryFamily,
  serverTextFamily,
];
