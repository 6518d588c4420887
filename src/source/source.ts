import { setTimeout as delay } from "node:timers/promises";
import { type Connection, connect } from "./connection.ts";
import type { SnapshotInfo, Source } from "./contract.ts";
import { readCopy } from "./copy-read.ts";
import { readCursor } from "./cursor-read.ts";
import { describeSelect } from "./describe.ts";
import type { ConnectionTarget } from "./dsn.ts";
import { sourceError } from "./errors.ts";
import { beginRanges, heapTable } from "./heap.ts";
import { joinSnapshot } from "./join-snapshot.ts";
import { queryText, run } from "./query.ts";
import { restartable } from "./restarts.ts";
import { checkSelect } from "./select.ts";
import { beginStatements, type SessionTimeouts } from "./session.ts";

export interface SourceOptions extends SessionTimeouts {
  /** From {@link resolveDsn}. */
  readonly dsn: ConnectionTarget;
  /** Seen by the server's operators: `pg-bronze/<version> <object>/<shard>`. The server cuts it at 63 bytes. */
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  /** Cancels what runs at the server; what was waiting for it is rejected with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a polite goodbye may take before the connection is broken off. */
const CLOSE_TIMEOUT_MS = 5_000;

/**
 * Connects to a source. Everything it runs is in a read-only transaction whose settings end with it, so that it may share a
 * server connection with others (PgBouncer).
 * @throws BronzeError SOURCE_DOWN, SOURCE_UNREACHABLE, SOURCE_AUTH, DSN_INVALID, SOURCE_INTERRUPTED, CANCELLED.
 */
export async function openSource(options: SourceOptions): Promise<Source> {
  const { signal } = options;
  const connection = await connect(options.dsn, {
    ...options,
    applicationName: asApplicationName(options.applicationName),
    signal,
  });
  const begin = beginStatements(options, connection.serverVersionNum);
  let inSnapshot = false;
  const cancelRunning = (): void => void connection.cancel();
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    signal?.addEventListener("abort", cancelRunning, { once: true });
    try {
      signal?.throwIfAborted();
      return await work();
    } catch (error) {
      throw sourceError(error, signal?.aborted === true, connection.farewell());
    } finally {
      signal?.removeEventListener("abort", cancelRunning);
    }
  };
  /** In the snapshot, or in a transaction of its own. */
  const inTransaction = <T>(work: () => Promise<T>): Promise<T> =>
    guarded(async () => {
      if (inSnapshot) return work();
      await run(connection, ...begin);
      try {
        return await work();
      } finally {
        await run(connection, "ROLLBACK").catch(() => {});
      }
    });
  const describe = (select: string) => inTransaction(() => describeSelect(connection, select));
  return {
    serverVersion: connection.serverVersion,
    beginSnapshot: () =>
      guarded(async () => {
        const snapshot = await beginSnapshot(connection, begin);
        inSnapshot = true;
        return snapshot;
      }),
    joinSnapshot: (snapshot) =>
      guarded(async () => {
        await joinSnapshot(connection, begin, snapshot);
        inSnapshot = true;
      }),
    describe,
    heapTable: (select) => inTransaction(() => heapTable(connection, select)),
    beginRanges: (select) => inTransaction(() => beginRanges(connection, select)),
    lookup: (sql) =>
      inTransaction(async () => {
        const { names, rows } = await queryText(connection, checkSelect(sql).text);
        return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
      }),
    read(select, pool, transport, stop) {
      if (!inSnapshot) throw new Error("a read needs a snapshot: call beginSnapshot first");
      const signals = [signal, stop].filter((one) => one !== undefined);
      const either = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
      return transport === "copy"
        ? readCopy(connection, select, pool, either)
        : readCursor(connection, select, () => describe(select), pool, either);
    },
    close: () => close(connection),
  };
}

/** The first statement of a REPEATABLE READ transaction takes its snapshot, so the WAL position is asked in that very statement. */
async function beginSnapshot(connection: Connection, begin: readonly string[]): Promise<SnapshotInfo> {
  const first = async (): Promise<string | null> => {
    await run(connection, ...begin);
    return walPosition(connection);
  };
  const lsn = await first();
  try {
    return { id: (await value(connection, "SELECT pg_catalog.pg_export_snapshot()")) ?? "", exported: true, lsn };
  } catch (error) {
    if (restartable(sourceError(error, false))) throw error;
    // Not everybody may export one, and it can't be tried behind a savepoint: begin once more without.
    await run(connection, "ROLLBACK");
    const begun = await first();
    const current = connection.serverVersionNum >= 130_000 ? "pg_current_snapshot" : "txid_current_snapshot";
    return { id: (await value(connection, `SELECT pg_catalog.${current}()`)) ?? "", exported: false, lsn: begun };
  }
}

/** Null where the role or the server doesn't tell; the transaction goes on either way. */
async function walPosition(connection: Connection): Promise<string | null> {
  await run(connection, "SAVEPOINT wal_position");
  try {
    return await value(
      connection,
      "SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END",
    );
  } catch (error) {
    if (restartable(sourceError(error, false))) throw error;
    return null;
  } finally {
    await run(connection, "ROLLBACK TO SAVEPOINT wal_position", "RELEASE SAVEPOINT wal_position");
  }
}

async function value(connection: Connection, sql: string): Promise<string | null> {
  const { rows } = await queryText(connection, sql);
  return rows[0]?.[0] ?? null;
}

async function close(connection: Connection): Promise<void> {
  const goodbye = async (): Promise<void> => {
    await run(connection, "ROLLBACK");
    await connection.client.end();
  };
  const timeout = new AbortController();
  const expiry = delay(CLOSE_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => {});
  await Promise.race([goodbye().catch(() => {}), expiry]);
  timeout.abort();
  connection.destroy();
}

/** Control and other characters than ASCII would become question marks, a name too long a notice. */
function asApplicationName(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, "?").slice(0, 63);
}
