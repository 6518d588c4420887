import { BronzeError } from "../model/errors.ts";
import { quoteLiteral } from "../model/sql.ts";
import { splitName, unquoted } from "../model/table-name.ts";

/** One part of a name as it was typed. */
interface NamePart {
  readonly text: string;
  /** True when `*` stands for any characters. */
  readonly isGlob: boolean;
  /** True when only this very case is meant. */
  readonly isQuoted: boolean;
}

/** Tables as a command line names them: `customers`, `shop.customers`, `shop.*`, `"Shop"."Order Details"`. */
export interface TablePattern {
  /** As it was typed. */
  readonly text: string;
  /** Null where no schema was said: the search path decides. */
  readonly schema: NamePart | null;
  readonly table: NamePart;
}

const PART = /"(?:[^"]|"")+"|[^."]+/uy;

/** @throws BronzeError USAGE when the text names neither a table nor a schema and a table */
export function parseTablePattern(text: string): TablePattern {
  const parts = splitName(text, PART)?.map(namePart);
  const [first, second] = parts ?? [];
  if (parts === undefined || first === undefined || parts.length > 2) {
    throw new BronzeError("USAGE", `${JSON.stringify(text)} does not name a table`, {
      hint: `Name it as shop.customers, or "Shop"."Order.Details" in single quotes; 'shop.*' takes all tables of a schema.`,
    });
  }
  return second === undefined ? { text, schema: null, table: first } : { text, schema: first, table: second };
}

function namePart(text: string): NamePart {
  const isQuoted = text.startsWith('"');
  return { text: unquoted(text), isGlob: !isQuoted && text.includes("*"), isQuoted };
}

/** True when the pattern may stand for several tables. */
export function isGlob({ schema, table }: TablePattern): boolean {
  return table.isGlob || schema?.isGlob === true;
}

/** SQL that holds for what the part matches in the column, in the case that was typed or in the one that PostgreSQL folds it to. */
export function sqlMatches(column: string, part: NamePart): string {
  const cases = part.isQuoted ? [part.text] : [...new Set([part.text, part.text.toLowerCase()])];
  const each = cases.map((text) =>
    part.isGlob ? `${column} LIKE ${quoteLiteral(likePattern(text))}` : `${column} = ${quoteLiteral(text)}`,
  );
  return `(${each.join(" OR ")})`;
}

function likePattern(glob: string): string {
  return glob.replace(/[\\%_]/g, "\\$&").replaceAll("*", "%");
}
