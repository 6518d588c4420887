import { cpus, loadavg, totalmem } from "node:os";
import type { Client } from "pg";
import { VERSION } from "../../src/model/version.ts";

/** What a figure depends on besides the code. Taken before anything is measured. */
export interface Conditions {
  readonly date: string;
  readonly version: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  /** Of the last minute, before the first run: above a few tenths, somebody else was at work. */
  readonly load: number;
  readonly node: string;
  readonly platform: string;
  readonly postgres: string;
  /** `started here`, or how it was given. */
  readonly server: string;
  /** Sessions of others at the server, whose CPU time would be counted too. */
  readonly otherSessions: number;
}

export async function readConditions(client: Client, server: string): Promise<Conditions> {
  const { rows } = await client.query<{ version: string; others: number }>(
    `SELECT current_setting('server_version') AS version, (SELECT count(*)::int FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS others`,
  );
  const { version, others } = rows[0]!;
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    version: VERSION,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    load: Math.round(loadavg()[0]! * 100) / 100,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    postgres: version,
    server,
    otherSessions: others,
  };
}
