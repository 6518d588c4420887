import parse from "pg-connection-string";
import { nearest } from "../model/did-you-mean.ts";
import { BronzeError } from "../model/errors.ts";

/** Connection parameters by libpq's keyword (`dbname`, `sslmode`, …); only those that were said. */
export type Conninfo = Readonly<Record<string, string>>;

const KEYWORDS = new Set(
  "host port dbname user password connect_timeout options sslmode sslrootcert sslcert sslkey sslpassword ssl".split(" "),
);

/** Accepted, for many connection strings have them, and left aside: the session is always UTF-8, kept alive, and named by what it reads. */
const WITHOUT_EFFECT = new Set(
  `application_name fallback_application_name client_encoding keepalives keepalives_idle channel_binding gssencmode
   target_session_attrs`.split(/\s+/),
);

/**
 * Reads a connection string: a URL or libpq's `keyword=value` pairs.
 * Source: PostgreSQL docs, "Connection Strings". @throws BronzeError DSN_INVALID; its message holds nothing of a password.
 */
export function parseConninfo(dsn: string): Conninfo {
  const said = /^[a-z]+:\/\//i.test(dsn) ? parseUrl(dsn) : parsePairs(dsn);
  const found: Record<string, string> = {};
  for (const [keyword, value] of Object.entries(said)) {
    if (WITHOUT_EFFECT.has(keyword)) continue;
    if (!KEYWORDS.has(keyword)) throw unknownKeyword(keyword);
    if (value !== "") found[keyword] = value;
  }
  if (found["host"]?.includes(",")) throw invalid("names several hosts", "Name the one host to read from.");
  return found;
}

/** The word itself is not shown: it may be a piece of a password that wasn't quoted. */
function unknownKeyword(keyword: string): BronzeError {
  const meant = nearest(keyword, KEYWORDS);
  const known = `Known are ${[...KEYWORDS].join(", ")}.`;
  return invalid("has a parameter that is not known", meant === null ? known : `Did you mean ${meant}? ${known}`);
}

function parseUrl(dsn: string): Record<string, string> {
  if (!/^postgres(ql)?:/i.test(dsn)) throw invalid("begins with neither postgresql:// nor postgres://");
  // TLS parameters are taken off first: the library would read files and choose its own meaning for sslmode.
  const [address = "", query = ""] = splitOnce(dsn, "?");
  // A password with a bare # or ? would be cut there, and the rest of it taken for something else.
  if (dsn.includes("#") || (!address.includes("@") && query.includes("@"))) throw unreadable();
  if (/^[^/]*\/\/(.*@)?[^@/]*,/.test(address)) throw invalid("names several hosts", "Name the one host to read from.");
  try {
    const { host, port, database, user, password } = parse.parse(address);
    const said = Object.entries({ host, port, dbname: database, user, password }).filter(([, value]) => value);
    return Object.fromEntries([...said, ...new URLSearchParams(query)]) as Record<string, string>;
  } catch {
    // The cause is left out: it may quote the string.
    throw unreadable();
  }
}

function unreadable(): BronzeError {
  return invalid(
    "can't be read as a URL",
    "Characters such as @ : / # ? % in a user or password are written percent-encoded: %40 %3A %2F %23 %3F %25.",
  );
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function parsePairs(dsn: string): Record<string, string> {
  const pair = /\s*([A-Za-z_]+)\s*=\s*('(?:[^'\\]|\\[\s\S])*'|(?:[^\s'\\]|\\[\s\S])(?:[^\s\\]|\\[\s\S])*)?(?=\s|$)/y;
  const found: Record<string, string> = {};
  while (pair.lastIndex < dsn.trimEnd().length) {
    const match = pair.exec(dsn);
    if (match === null) throw invalid("is neither a URL nor a list of keyword=value pairs");
    const [, keyword = "", quoted = ""] = match;
    const value = quoted.startsWith("'") ? quoted.slice(1, -1) : quoted;
    found[keyword] = value.replace(/\\([\s\S])/g, "$1");
  }
  return found;
}

function invalid(what: string, hint?: string): BronzeError {
  return new BronzeError("DSN_INVALID", `The connection string ${what}`, {
    hint: hint ?? "Write postgresql://user@host:5432/database?sslmode=verify-full, or host=… dbname=… user=….",
  });
}
