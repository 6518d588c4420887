import { BronzeError } from "../model/errors.ts";
import { quoteLiteral } from "../model/sql.ts";
import type { Connection } from "./connection.ts";
import type { SnapshotInfo } from "./contract.ts";
import { sourceError } from "./errors.ts";
import { run } from "./query.ts";
import { restartable } from "./restarts.ts";

/**
 * Begins a transaction that sees what another session's sees. The snapshot is set before anything else, for the first query takes one.
 * Source: PostgreSQL docs, SET TRANSACTION SNAPSHOT.
 * @throws BronzeError CONFIG_INVALID, SOURCE_FAILED
 */
export async function joinSnapshot(connection: Connection, begin: readonly string[], snapshot: SnapshotInfo): Promise<void> {
  if (!snapshot.exported) {
    throw new BronzeError("CONFIG_INVALID", "Can't be read over several connections: the server exports no snapshot to them", {
      hint: "Set read.parallelism (--parallelism, PARALLELISM) to 1, or connect to the server itself.",
    });
  }
  const [transaction = "", ...settings] = begin;
  try {
    await run(connection, transaction, `SET TRANSACTION SNAPSHOT ${quoteLiteral(snapshot.id)}`, ...settings);
  } catch (error) {
    const told = sourceError(error, false);
    if (restartable(told) || told.context["sqlstate"] === undefined) throw error;
    throw new BronzeError("SOURCE_FAILED", `The snapshot of the first session can't be joined: ${told.message}`, {
      hint: "All connections must reach one server and database, and the first session must live: does the host's name stand for several servers?",
      context: told.context,
      retryable: true,
      cause: error,
    });
  }
}
