import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { BronzeError } from "../model/errors.ts";
import { addDsn, addSecret } from "../model/secrets.ts";
import { type Conninfo, parseConninfo } from "./conninfo.ts";

/** Where and as whom to connect. The password can't be seen in logs: it is not enumerable. */
export interface ConnectionTarget {
  /** Host name, address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Null: not said; a password file is asked when the server wants one. */
  readonly password: string | null;
  /** False: no TLS. */
  readonly ssl: false | ConnectionOptions;
  readonly connectTimeoutMs: number | null;
  /** Command-line options for the session (`-c name=value`). */
  readonly options: string | null;
}

type Env = Readonly<Record<string, string | undefined>>;

/** libpq's environment variables and the parameters they stand for. Source: PostgreSQL docs, "Environment Variables" (libpq). */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  PGHOST: "host",
  PGPORT: "port",
  PGDATABASE: "dbname",
  PGUSER: "user",
  PGPASSWORD: "password",
  PGCONNECT_TIMEOUT: "connect_timeout",
  PGOPTIONS: "options",
  PGSSLMODE: "sslmode",
  PGSSLROOTCERT: "sslrootcert",
  PGSSLCERT: "sslcert",
  PGSSLKEY: "sslkey",
};

/**
 * The source to connect to: `explicit` (from the command line) before the variable `dsnEnvName` before libpq's own PG* variables,
 * which also fill in what the connection string leaves out.
 *
 * TLS: a host that isn't this machine is reached by TLS with its certificate and name verified, unless `sslmode` says less:
 * `verify-ca` doesn't check the name, `require` (and `prefer`, `allow`) checks nothing, `disable` uses no TLS. Nothing falls back
 * to an unencrypted connection by itself.
 *
 * @throws BronzeError DSN_MISSING, DSN_INVALID.
 */
export function resolveDsn(env: Env, dsnEnvName: string, explicit?: string): ConnectionTarget {
  const dsn = explicit ?? env[dsnEnvName];
  if (!dsn && !env["PGHOST"] && !env["PGDATABASE"]) {
    throw new BronzeError("DSN_MISSING", `The source is not named: ${dsnEnvName} is not set`, {
      hint: `Set ${dsnEnvName}=postgresql://user@host:5432/database (or PGHOST, PGDATABASE and PGUSER); the password may stand in PGPASSWORD or ~/.pgpass.`,
      context: { variable: dsnEnvName },
    });
  }
  addDsn(dsn);
  const said: Record<string, string> = {};
  for (const [variable, keyword] of Object.entries(ENVIRONMENT)) if (env[variable]) said[keyword] = env[variable];
  try {
    return toTarget({ ...said, ...(dsn ? parseConninfo(dsn) : {}) }, env);
  } catch (error) {
    if (error instanceof BronzeError && dsn && explicit === undefined) throw error.within({ variable: dsnEnvName });
    throw error;
  }
}

function toTarget(said: Conninfo, env: Env): ConnectionTarget {
  addSecret(said["password"]);
  addSecret(said["sslpassword"]);
  const user = said["user"] ?? env["USER"] ?? env["USERNAME"];
  if (user === undefined)
    throw new BronzeError("DSN_INVALID", "The connection string names no user", { hint: "Add it, or set PGUSER." });
  const host = said["host"] ?? "localhost";
  const timeoutSeconds = said["connect_timeout"];
  const target = {
    host,
    port: wholeNumber(said["port"] ?? "5432", "port", 65_535),
    database: said["dbname"] ?? user,
    user,
    ssl: tlsOptions(said, isLocal(host)),
    connectTimeoutMs: timeoutSeconds === undefined ? null : wholeNumber(timeoutSeconds, "connect_timeout", 86_400) * 1000 || null,
    options: said["options"] ?? null,
  };
  return Object.defineProperty(target, "password", { value: said["password"] ?? null, enumerable: false }) as ConnectionTarget;
}

function wholeNumber(text: string, what: string, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) throw new BronzeError("DSN_INVALID", `The connection string's ${what} is not a number up to ${most}`);
  return value;
}

/** A Unix socket or a loopback address: the bytes don't leave this machine. */
function isLocal(host: string): boolean {
  return host.startsWith("/") || host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/** What each sslmode means, as options of node:tls. Source: PostgreSQL docs, "SSL Mode Descriptions". */
function tlsOptions(said: Conninfo, local: boolean): false | ConnectionOptions {
  const mode = said["sslmode"] ?? (said["ssl"] === undefined ? undefined : modeOfSsl(said["ssl"]));
  if (mode === "disable") return false;
  if (local && (mode === undefined || mode === "prefer" || mode === "allow") && said["sslrootcert"] === undefined) return false;
  const options: ConnectionOptions = {};
  const rootCert = said["sslrootcert"];
  if (rootCert !== undefined && rootCert !== "system") options.ca = readPem(rootCert, "sslrootcert");
  if (said["sslcert"] !== undefined) options.cert = readPem(said["sslcert"], "sslcert");
  if (said["sslkey"] !== undefined) options.key = readPem(said["sslkey"], "sslkey");
  if (said["sslpassword"] !== undefined) options.passphrase = said["sslpassword"];
  switch (mode) {
    case undefined:
    case "verify-full":
      return options;
    case "verify-ca":
      return { ...options, checkServerIdentity: () => undefined };
    case "require":
    case "prefer":
    case "allow":
      // libpq: with a root certificate at hand, `require` verifies the certificate but not the name.
      return options.ca === undefined
        ? { ...options, rejectUnauthorized: false }
        : { ...options, checkServerIdentity: () => undefined };
    default:
      throw new BronzeError("DSN_INVALID", `sslmode=${mode} is not known`, {
        hint: "Use verify-full, verify-ca, require or disable.",
      });
  }
}

/** `ssl=true` of other drivers' connection strings. */
function modeOfSsl(value: string): string {
  if (/^(true|1|on)$/i.test(value)) return "verify-full";
  if (/^(false|0|off)$/i.test(value)) return "disable";
  return value === "no-verify" ? "require" : value;
}

function readPem(path: string, keyword: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new BronzeError("DSN_INVALID", `${keyword} names ${path}, which can't be read`, { cause, context: { path } });
  }
}
