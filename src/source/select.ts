import { BronzeError } from "../model/errors.ts";

/** A statement that is one SELECT (or WITH, VALUES, TABLE), without what stands behind it: `;`, comments, blanks. */
export interface CheckedSelect {
  readonly text: string;
  /** Where `text` begins in what was given. */
  readonly start: number;
  /** Its unquoted words, upper-cased: keywords are among them, texts and comments are not. */
  readonly words: ReadonlySet<string>;
}

/**
 * One token at a time. Quoted things may hold anything, so they are stepped over whole: an unclosed one runs to the end, and the
 * server then says so. Source: PostgreSQL docs, "Lexical Structure"; standard_conforming_strings is on in our sessions.
 */
const TOKEN = new RegExp(
  [
    /(?<blank>\s+|--[^\n\r]*)/,
    /(?<comment>\/\*)/,
    /(?<quoted>[eE]'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*(?:'|$)|'[^']*(?:''[^']*)*(?:'|$)|"[^"]*(?:""[^"]*)*(?:"|$))/,
    /(?<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)/,
    /(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)/,
    /(?<semicolon>;)/,
    /(?<other>[\s\S])/,
  ]
    .map((part) => part.source)
    .join("|"),
  "y",
);

/**
 * Checks that SQL is one query and cuts it where it can be put into parentheses: `COPY (…) TO STDOUT`, `FROM (…) AS q`. The server
 * checks the rest; here it is made sure that nothing leaves those parentheses.
 * @throws BronzeError QUERY_INVALID.
 */
export function checkSelect(sql: string): CheckedSelect {
  const words = new Set<string>();
  let start = 0;
  let end = 0;
  let depth = 0;
  let statementEnded = false;
  let first: string | null = null;
  for (let at = 0; at < sql.length; ) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(sql)?.groups ?? {};
    const next = endOfToken(sql, at, TOKEN.lastIndex, found);
    const token = sql.slice(at, next);
    at = next;
    if (found["blank"] !== undefined || found["comment"] !== undefined) continue;
    if (found["semicolon"] !== undefined) {
      statementEnded = end > 0;
      continue;
    }
    if (statementEnded) throw invalid("is several statements");
    if (end === 0) start = at - token.length;
    end = at;
    if (found["word"] !== undefined) words.add(token.toUpperCase());
    if (token === "(") depth++;
    else if (token === ")" && --depth < 0) throw invalid("closes a parenthesis that it didn't open");
    else first ??= token.toUpperCase();
  }
  if (first === null) throw invalid("is empty");
  if (!["SELECT", "WITH", "VALUES", "TABLE"].includes(first)) throw invalid(`begins with ${first.slice(0, 30)}, not with SELECT`);
  if (depth > 0) throw invalid("opens a parenthesis that it doesn't close");
  return { text: sql.slice(start, end), start, words };
}

function endOfToken(sql: string, start: number, end: number, found: Record<string, string | undefined>): number {
  if (found["comment"] !== undefined) return endOfComment(sql, start);
  const tag = found["dollar"];
  if (tag === undefined) return end;
  const close = sql.indexOf(tag, end);
  return close < 0 ? sql.length : close + tag.length;
}

/** Comments nest. */
function endOfComment(sql: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  let depth = 0;
  for (let match = mark.exec(sql); match !== null; match = mark.exec(sql)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return sql.length;
}

/** The query as something to select from: `SELECT … FROM ${subquery(sql)}`. @throws BronzeError QUERY_INVALID. */
export function subquery(sql: string, alias = '"q"'): string {
  return `(\n${checkSelect(sql).text}\n) AS ${alias}`;
}

function invalid(what: string): BronzeError {
  return new BronzeError("QUERY_INVALID", `The source query ${what}`, { hint: "Give one SELECT statement." });
}
