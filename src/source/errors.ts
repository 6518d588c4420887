import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { BronzeError, type ErrorCode } from "../model/errors.ts";

/** What PostgreSQL says of an error. Source: PostgreSQL docs, "Error and Notice Message Fields". */
interface ServerError extends Error {
  readonly code: string;
  readonly severity: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
  readonly where?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
}

interface Verdict {
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly retryable?: boolean;
}

/** Began again from the start: what ended it lies outside the query, and passes. */
const interrupted = (hint: string): Verdict => ({ code: "SOURCE_INTERRUPTED", retryable: true, hint });
const INTERRUPTED = interrupted("The connection or the snapshot was lost, not the data: run it again.");
const DOWN_HINT = "Does the server run, and may this machine reach it? If so, check host and port.";
const INVALID: Verdict = { code: "QUERY_INVALID", hint: "A source is one SELECT that only reads." };

/**
 * By SQLSTATE, the first prefix that fits; the reason stands above each group. What isn't here failed for good (SOURCE_FAILED).
 * Source: PostgreSQL docs, Appendix A.
 */
const VERDICTS: readonly (readonly [sqlstate: string, verdict: Verdict])[] = [
  // Set-up: the same answer comes until somebody changes something.
  ["28", { code: "SOURCE_AUTH", hint: "Check user and password, and what pg_hba.conf of the server asks of this host." }],
  ["3D000", { code: "DSN_INVALID", hint: "Check the database's name in the connection string." }],
  ["42501", { code: "SOURCE_AUTH", hint: "The user needs USAGE on the schema and SELECT on the table." }],
  ["42P01", { code: "TABLE_MISSING", hint: "Check the table's name, its schema, and upper and lower case." }],
  ["3F000", { code: "TABLE_MISSING", hint: "Check the schema's name." }],
  ["42703", { code: "COLUMN_MISSING", hint: "Check the column's name; was it renamed?" }],
  ["42701", { code: "COLUMN_DUPLICATE", hint: "Give each column a name of its own with AS." }],
  ["42", INVALID],
  ["0A000", INVALID],
  ["25006", INVALID],

  // The server takes no connection now: it starts, recovers or shuts down; all its connections, or the role's, are in use.
  ["57P03", { code: "SOURCE_DOWN", retryable: true, hint: "The server is starting or shutting down: run it again." }],
  ["53300", { code: "SOURCE_DOWN", retryable: true, hint: "All connections are in use: run it again, with fewer at once." }],

  // The server or the network ended the session: an administrator, a crash of another session, a failover, a proxy.
  ["57P01", INTERRUPTED],
  ["57P02", INTERRUPTED],
  ["08", INTERRUPTED],
  // A standby removed rows that the snapshot needs: a new snapshot doesn't need them.
  ["40001", INTERRUPTED],
  // Two sessions waited for each other's locks; the server ended this one, and the other goes on.
  ["40P01", interrupted("This session and another waited for each other's locks; the server ended this one: run it again.")],
  // Memory that others hold comes free. A query that asks for more than there ever is fails again, a bounded number of times.
  ["53200", interrupted("The server had no memory left for the query: run it again, with fewer connections at once.")],
  // We were silent for longer than the server allows, which a slow sink or a stopped process does, and not the query.
  ["57P05", interrupted("The session was silent for longer than the server's idle_session_timeout: run it again.")],
  ["25P03", interrupted("The transaction was silent for too long: run it again, or raise idle_in_transaction_timeout_ms.")],

  // We have waited as long as the config says; the lock's holder may take hours. So the shard waits its turn, not the connection.
  [
    "55P03",
    { code: "SOURCE_FAILED", retryable: true, hint: "Somebody holds a lock on the table: try later, or raise lock_timeout_ms." },
  ],

  // The same read takes as long again, and is ended again.
  ["57014", { code: "SOURCE_FAILED", hint: "The server stopped the statement: statement_timeout_ms may be too short for it." }],
  [
    "25P04",
    { code: "SOURCE_FAILED", hint: "The server's transaction_timeout is too short for this read: raise it for the role." },
  ],
  // A sort or hash of the query filled the server's disk: again, it would fill it again, under everybody who works there.
  ["53100", { code: "SOURCE_FAILED", hint: "The server's disk is full: free some, or let the query sort and join less." }],
];

/** Told apart only by their text. */
const SPECIAL: readonly (readonly [pattern: RegExp, verdict: Verdict])[] = [
  [/conflict with recovery/, INTERRUPTED],
  [
    /row-level security policy/,
    {
      code: "SOURCE_AUTH",
      hint: "A policy hides rows of this table from the user: give it BYPASSRLS, or read a view that the table's owner made.",
    },
  ],
];

/** Errors of sockets that mean: the connection was there, and broke. */
const BROKEN = new Set([
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ECONNABORTED",
  "ENETRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
]);

/**
 * Errors of sockets that mean: there is a host, and it takes no connection now. EADDRNOTAVAIL is this machine out of ports, or a host
 * with an IPv6 address asked from one without; EAI_AGAIN a name server that doesn't answer. A name that isn't known is ENOTFOUND.
 */
const DOWN = new Set([...BROKEN, "ECONNREFUSED", "EHOSTDOWN", "EADDRNOTAVAIL", "EAI_AGAIN"]);

/**
 * Turns whatever `pg` or the server says about a running session into our own error. `farewell` is what the server said when it ended
 * the session between two statements: `pg` says of the next one only that the connection is gone.
 */
export function sourceError(error: unknown, cancelled: boolean, farewell: unknown = null): BronzeError {
  if (error instanceof BronzeError) return error;
  if (cancelled) return new BronzeError("CANCELLED", "Cancelled while reading the source", { cause: error });
  if (isServerError(error)) return fromServer(error);
  if (isServerError(farewell)) return fromServer(farewell);
  const { message, code } = asError(error);
  if (BROKEN.has(code) || /^Connection terminated|not queryable|Client was closed/.test(message)) {
    return new BronzeError("SOURCE_INTERRUPTED", `The connection to the source broke: ${message}`, {
      ...INTERRUPTED,
      cause: error,
    });
  }
  return new BronzeError("SOURCE_FAILED", `Reading the source failed: ${message}`, { cause: error });
}

/**
 * The same for an attempt to connect. `place` is the host and port, or the socket's folder.
 * @returns SOURCE_DOWN where the server takes no connection now, SOURCE_UNREACHABLE where it never will as the connection string stands
 */
export function connectError(error: unknown, place: string, cancelled: boolean): BronzeError {
  if (error instanceof BronzeError) return error;
  if (cancelled) return new BronzeError("CANCELLED", "Cancelled while connecting to the source", { cause: error });
  if (isServerError(error)) return fromServer(error).within({ source: place });
  const { message, code, address } = asError(error);
  if (/password must be a (non-empty )?string|Password must be/.test(message)) {
    return new BronzeError("SOURCE_AUTH", `${place} asks for a password`, {
      hint: "Set PGPASSWORD, write it into ~/.pgpass, or into the connection string.",
      context: { source: place },
    });
  }
  const tls = tlsHint(code, message);
  // A server that stops takes its socket with it, and leaves the folder.
  const isSocketGone = code === "ENOENT" && existsSync(dirname(address));
  const isDown = tls === null && (DOWN.has(code) || isSocketGone || /^timeout expired|^Connection terminated/.test(message));
  return new BronzeError(isDown ? "SOURCE_DOWN" : "SOURCE_UNREACHABLE", `Can't connect to ${place}: ${message}`, {
    hint: isDown ? DOWN_HINT : (tls ?? "Check the host's name, or the socket's folder, in the connection string."),
    retryable: isDown,
    context: { source: place, ...(code === "" ? {} : { errno: code }) },
    cause: error,
  });
}

function tlsHint(code: string, message: string): string | null {
  if (/does not support SSL/.test(message))
    return "The server offers no TLS. Say sslmode=disable if the network between is trusted.";
  if (/ALTNAME/.test(code))
    return "The certificate is for another host name: connect by the name it holds, or say sslmode=verify-ca.";
  if (/CERT_HAS_EXPIRED/.test(code)) return "The server's certificate has expired: it must be renewed.";
  if (/SELF_SIGNED|UNABLE_TO_|CERT_/.test(code)) {
    return "The server's certificate is signed by nobody known here: name its authority with sslrootcert=/path/to/ca.pem. sslmode=require would check nothing.";
  }
  return /^ERR_(SSL|TLS)/.test(code) || code === "EPROTO"
    ? "The TLS handshake failed: check sslmode, certificates and TLS versions."
    : null;
}

function fromServer(error: ServerError): BronzeError {
  const verdict =
    SPECIAL.find(([pattern]) => pattern.test(error.message))?.[1] ??
    VERDICTS.find(([prefix]) => error.code.startsWith(prefix))?.[1];
  const context: Record<string, string> = { sqlstate: error.code };
  for (const field of ["detail", "position", "where", "schema", "table", "column"] as const) {
    const value = error[field];
    if (value) context[field] = value;
  }
  const hint = [error.hint, verdict?.hint].filter((text) => text).join(" ");
  return new BronzeError(verdict?.code ?? "SOURCE_FAILED", `PostgreSQL: ${error.message}`, {
    ...(hint === "" ? {} : { hint }),
    retryable: verdict?.retryable ?? false,
    context,
    cause: error,
  });
}

function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && "severity" in error && "code" in error && /^[0-9A-Z]{5}$/.test(String(error.code));
}

/** Of several addresses tried (AggregateError), the first one's reason. */
function asError(error: unknown): { message: string; code: string; address: string } {
  const first = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
  if (!(first instanceof Error)) return { message: String(first), code: "", address: "" };
  const { code = "", address = "" } = first as { code?: unknown; address?: unknown };
  return { message: first.message, code: String(code), address: String(address) };
}
