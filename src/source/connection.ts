import pg from "pg";
import { addSecret } from "../model/secrets.ts";
import type { ConnectionTarget } from "./dsn.ts";
import { connectError } from "./errors.ts";
import { createTappableSocket, type TappableStream, tappable } from "./tap.ts";

export interface ConnectOptions {
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** One session at the server. */
export interface Connection {
  readonly client: pg.Client;
  /** `server_version` as the server prints it. */
  readonly serverVersion: string;
  /** 170004 for 17.4. Source: PostgreSQL docs, server_version_num. */
  readonly serverVersionNum: number;
  readonly stream: TappableStream;
  /** What ended the session between two statements, as `pg` says it; null while it lives. */
  readonly farewell: () => unknown;
  /** Asks the server to cancel what this session runs. Returns when the server has the request; whether it helps shows at the query. */
  cancel(): Promise<void>;
  /** Breaks the connection: whatever runs is rejected. */
  destroy(): void;
}

/** What we use of `pg` beyond its documented surface, all in one place. */
interface PgInternals {
  readonly connection: PgWire;
  readonly processID: number;
  readonly secretKey: number;
}
interface PgWire extends pg.Connection {
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
}

/** How long a request to cancel may take to reach the server. */
const CANCEL_TIMEOUT_MS = 10_000;
/** How long the server may take to end what was cancelled. */
const STOP_TIMEOUT_MS = 10_000;
/** Silence on the wire after which the system asks whether the other side still lives. */
const KEEP_ALIVE_MS = 60_000;

/** @throws BronzeError SOURCE_DOWN, SOURCE_UNREACHABLE, SOURCE_AUTH, DSN_INVALID (no such database), SOURCE_INTERRUPTED, CANCELLED. */
export async function connect(target: ConnectionTarget, options: ConnectOptions): Promise<Connection> {
  const plain = target.ssl === false ? createTappableSocket() : null;
  const client = new pg.Client({
    host: target.host,
    port: target.port,
    database: target.database,
    user: target.user,
    password: () => password(target),
    ssl: target.ssl,
    application_name: options.applicationName,
    connectionTimeoutMillis: target.connectTimeoutMs ?? options.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    ...(target.options === null ? {} : { options: target.options }),
    ...(plain === null ? {} : { stream: () => plain.socket }),
  });
  const internals = client as unknown as PgInternals;
  let serverVersion = "";
  internals.connection.on("parameterStatus", (message: { parameterName: string; parameterValue: string }) => {
    if (message.parameterName === "server_version") serverVersion = message.parameterValue;
  });
  // A lost connection rejects the query that runs; between queries the next one finds out, and asks for the reason.
  let farewell: unknown = null;
  client.on("error", (error) => {
    farewell ??= error;
  });
  const onAbort = (): void => void internals.connection.stream.destroy();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    options.signal?.throwIfAborted();
    await client.connect();
  } catch (error) {
    internals.connection.stream.destroy();
    throw connectError(error, placeOf(target), options.signal?.aborted === true);
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
  }
  return {
    client,
    serverVersion,
    serverVersionNum: versionNum(serverVersion),
    stream: plain?.stream ?? tappable(internals.connection.stream),
    farewell: () => farewell,
    cancel: async () => (internals.connection.stream.destroyed ? undefined : requestCancel(target, internals)),
    destroy: () => void internals.connection.stream.destroy(),
  };
}

/**
 * Waits until the server has stopped what was running and is ready again; breaks the connection off when that takes too long.
 * `cancelled` is the request to cancel: only when it has been answered can it not hit a later statement.
 */
export async function untilReady(connection: Connection, cancelled: Promise<void>): Promise<void> {
  await cancelled;
  const timer = setTimeout(connection.destroy, STOP_TIMEOUT_MS);
  await connection.client.query("").catch(() => {});
  clearTimeout(timer);
}

async function password(target: ConnectionTarget): Promise<string> {
  if (target.password !== null) return target.password;
  const { default: pgpass } = await import("pgpass");
  const host = target.host.startsWith("/") ? "localhost" : target.host;
  const { port, database, user } = target;
  // An empty one makes pg say that a password is missing.
  return new Promise((resolve) =>
    pgpass({ host, port, database, user }, (found) => {
      addSecret(found);
      resolve(found ?? "");
    }),
  );
}

/** Source: PostgreSQL docs, "Canceling Requests in Progress": a connection of its own, closed by the server without an answer. */
function requestCancel(target: ConnectionTarget, session: PgInternals): Promise<void> {
  const wire = new pg.Connection({ ssl: target.ssl }) as PgWire;
  return new Promise((resolve) => {
    const timer = setTimeout(() => wire.stream.destroy(), CANCEL_TIMEOUT_MS);
    const send = (): void => wire.cancel(session.processID, session.secretKey);
    wire.on("connect", () => (target.ssl === false ? send() : wire.requestSsl()));
    wire.on("sslconnect", send);
    wire.on("error", () => wire.stream.destroy());
    wire.on("end", () => {
      clearTimeout(timer);
      resolve();
    });
    if (target.host.startsWith("/")) wire.connect(`${target.host}/.s.PGSQL.${target.port}`);
    else wire.connect(target.port, target.host);
  });
}

function placeOf(target: ConnectionTarget): string {
  return target.host.startsWith("/") ? `the socket in ${target.host}` : `${target.host}:${target.port}`;
}

/** "17.4 (Debian 17.4-1)" → 170004, "10.23" → 100023, "18beta1" → 180000. */
function versionNum(serverVersion: string): number {
  const [, major = "0", minor = "0"] = /^(\d+)(?:\.(\d+))?/.exec(serverVersion) ?? [];
  return Number(major) * 10_000 + Number(minor);
}
