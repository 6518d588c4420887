/** 0: never; undefined: as the server or the role has it. */
export interface SessionTimeouts {
  readonly statementTimeoutMs?: number | undefined;
  readonly lockTimeoutMs?: number | undefined;
  readonly idleInTransactionTimeoutMs?: number | undefined;
}

/**
 * Begins the transaction that everything runs in. Its settings are LOCAL: they make the server's text forms and the order of rows
 * the same on every server, and nobody else sees them.
 */
export function beginStatements(timeouts: SessionTimeouts, serverVersionNum: number): string[] {
  const settings: Record<string, string | number | undefined> = {
    client_encoding: "UTF8",
    DateStyle: "ISO, YMD",
    IntervalStyle: "postgres",
    TimeZone: "UTC",
    // 3 is the shortest exact form from PostgreSQL 12 on, and 17 digits before.
    extra_float_digits: 3,
    bytea_output: "hex",
    xmloption: "content",
    standard_conforming_strings: "on",
    // Rows come in the same order each time nothing has changed.
    synchronize_seqscans: "off",
    // A policy that hides rows must not make a table look smaller than it is: then the query fails.
    row_security: "off",
    ...(serverVersionNum >= 110_000 ? { jit: "off" } : {}),
    statement_timeout: timeouts.statementTimeoutMs,
    lock_timeout: timeouts.lockTimeoutMs,
    idle_in_transaction_session_timeout: timeouts.idleInTransactionTimeoutMs,
  };
  const said = Object.entries(settings).filter(([, value]) => value !== undefined);
  return [
    "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    ...said.map(([name, value]) => `SET LOCAL ${name} = '${value}'`),
  ];
}
