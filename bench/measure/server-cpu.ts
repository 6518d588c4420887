import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import { childrenOf, commandLine, processTimes } from "./procfs.ts";

/** CPU time of a PostgreSQL server, seen from the machine it runs on. */
export interface ServerCpu {
  /** Waits until what was begun since the last call has ended, then tells all the time the server has used so far, in ms. */
  totalMs(): Promise<number>;
}

/** A server that is busy with somebody else's sessions is not waited for longer than this. */
const SETTLE_MS = 3_000;

/**
 * The server behind a connection, when its processes can be seen from here; null when it is remote, in another container, or this
 * isn't Linux. Backends begin and end with their sessions, so their time is what the postmaster has collected from ended children,
 * plus what the living ones (I/O workers, the checkpointer) have used.
 */
export async function findServerCpu(client: Client): Promise<ServerCpu | null> {
  const { rows } = await client.query<{ pid: number; port: number | null }>(
    "SELECT pg_backend_pid() AS pid, inet_client_port() AS port",
  );
  const { pid, port } = rows[0]!;
  const title = commandLine(pid) ?? "";
  // The title names the client's port, so a process that merely has the same number isn't taken for the backend.
  if (!title.startsWith("postgres:") || !title.includes(port === null ? "[local]" : `(${port})`)) return null;
  const postmaster = processTimes(pid)?.parentPid;
  if (postmaster === undefined || !childrenOf(postmaster).includes(pid)) return null;
  return { totalMs: totals(postmaster) };
}

function totals(postmaster: number): () => Promise<number> {
  let settled = new Set(childrenOf(postmaster));
  return async () => {
    const deadline = Date.now() + SETTLE_MS;
    while (childrenOf(postmaster).some((pid) => !settled.has(pid)) && Date.now() < deadline) await delay(5);
    const children = childrenOf(postmaster);
    settled = new Set(children);
    const own = processTimes(postmaster);
    if (own === null) throw new Error("the server is gone");
    return children.reduce((sum, pid) => sum + (processTimes(pid)?.ownMs ?? 0), own.ownMs + own.childrenMs);
  };
}
