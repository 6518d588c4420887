import type { TestContext } from "node:test";
import pg from "pg";
import type { TestDatabase } from "../support/postgres.ts";

/** Makes `wait_at(i, at)`, which gives `i`, and at row `at` waits until the gate is open. */
export const GATE = `CREATE FUNCTION wait_at(i int, at int) RETURNS int LANGUAGE plpgsql AS $$
  BEGIN IF i = at THEN PERFORM pg_advisory_xact_lock_shared(7); END IF; RETURN i; END $$`;

/** Holds reads that call `wait_at` in the middle, so that a test does what it wants to do exactly there. */
export interface Gate {
  /** Resolves with the session that waits at the gate, leaving out those that are known. */
  waiting(known?: ReadonlySet<number>): Promise<number>;
  open(): Promise<void>;
}

/** @param t opens the gate when it ends, however it ends */
export async function closeGate(database: TestDatabase, t: TestContext): Promise<Gate> {
  const holder = new pg.Client({ connectionString: database.dsn });
  await holder.connect();
  await holder.query("SELECT pg_advisory_lock(7)");
  let opened: Promise<void> | null = null;
  const open = (): Promise<void> => {
    opened ??= holder.end();
    return opened;
  };
  t.after(open);
  return {
    async waiting(known = new Set()) {
      const deadline = Date.now() + 30_000;
      while (Date.now() < deadline) {
        const rows = await database.query(
          "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory' AND application_name LIKE 'pg-bronze/%'",
        );
        const pid = rows.map((row) => row["pid"] as number).find((one) => !known.has(one));
        if (pid !== undefined) return pid;
      }
      throw new Error("nobody came to the gate");
    },
    open,
  };
}
