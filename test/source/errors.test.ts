import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../src/model/errors.ts";
import { connectError, sourceError } from "../../src/source/errors.ts";
import { restartable } from "../../src/source/restarts.ts";

/** What the server says of an error, as `pg` passes it on. */
function serverError(sqlstate: string, message = "no"): Error {
  return Object.assign(new Error(message), { severity: "ERROR", code: sqlstate });
}

function socketError(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

/** What becomes of a read: it begins again by itself; its shard is tried again later; it has failed. */
type Fate = "again" | "later" | "failed";

const SERVER: readonly (readonly [sqlstate: string, what: string, code: ErrorCode, fate: Fate, exitCode: 1 | 2])[] = [
  ["08006", "connection failure", "SOURCE_INTERRUPTED", "again", 1],
  ["08P01", "a proxy's word for whatever happened behind it", "SOURCE_INTERRUPTED", "again", 1],
  ["57P01", "terminated by an administrator", "SOURCE_INTERRUPTED", "again", 1],
  ["57P02", "crash of another session", "SOURCE_INTERRUPTED", "again", 1],
  ["57P03", "starting up", "SOURCE_DOWN", "again", 1],
  ["53300", "too many connections", "SOURCE_DOWN", "again", 1],
  ["40001", "serialization failure", "SOURCE_INTERRUPTED", "again", 1],
  ["40P01", "deadlock", "SOURCE_INTERRUPTED", "again", 1],
  ["53200", "out of memory", "SOURCE_INTERRUPTED", "again", 1],
  ["57P05", "idle session timeout", "SOURCE_INTERRUPTED", "again", 1],
  ["25P03", "idle in transaction timeout", "SOURCE_INTERRUPTED", "again", 1],
  ["55P03", "lock timeout", "SOURCE_FAILED", "later", 1],
  ["57014", "statement timeout", "SOURCE_FAILED", "failed", 1],
  ["25P04", "transaction timeout", "SOURCE_FAILED", "failed", 1],
  ["53100", "the server's disk is full", "SOURCE_FAILED", "failed", 1],
  ["53400", "temp_file_limit exceeded", "SOURCE_FAILED", "failed", 1],
  ["22012", "division by zero", "SOURCE_FAILED", "failed", 1],
  ["58030", "I/O error", "SOURCE_FAILED", "failed", 1],
  ["XX001", "data corrupted", "SOURCE_FAILED", "failed", 1],
  ["28P01", "wrong password", "SOURCE_AUTH", "failed", 2],
  ["28000", "no entry in pg_hba.conf", "SOURCE_AUTH", "failed", 2],
  ["42501", "insufficient privilege", "SOURCE_AUTH", "failed", 2],
  ["3D000", "no such database", "DSN_INVALID", "failed", 2],
  ["42P01", "no such table", "TABLE_MISSING", "failed", 2],
  ["3F000", "no such schema", "TABLE_MISSING", "failed", 2],
  ["42703", "no such column", "COLUMN_MISSING", "failed", 2],
  ["42701", "a column twice", "COLUMN_DUPLICATE", "failed", 2],
  ["42601", "syntax error", "QUERY_INVALID", "failed", 2],
  ["25006", "a query that writes", "QUERY_INVALID", "failed", 2],
];

describe("what the server says", () => {
  for (const [sqlstate, what, code, fate, exitCode] of SERVER) {
    it(`${sqlstate}, ${what}, is ${code}: ${fate}`, () => {
      for (const error of [sourceError(serverError(sqlstate), false), connectError(serverError(sqlstate), "db:5432", false)]) {
        assert.deepEqual([error.code, fateOf(error), error.exitCode], [code, fate, exitCode]);
        assert.equal(error.context["sqlstate"], sqlstate);
      }
    });
  }

  it("counts as an interruption where a standby's conflict with recovery cancels the query as a timeout would", () => {
    const error = sourceError(serverError("57014", "canceling statement due to conflict with recovery"), false);
    assert.deepEqual([error.code, fateOf(error)], ["SOURCE_INTERRUPTED", "again"]);
  });

  it("is told when it was said between two statements, and `pg` knows only that the connection is gone", () => {
    const gone = new Error("Client has encountered a connection error and is not queryable");
    const error = sourceError(gone, false, serverError("57P05", "terminating connection due to idle-session timeout"));
    assert.deepEqual([error.code, error.context["sqlstate"]], ["SOURCE_INTERRUPTED", "57P05"]);
    assert.equal(sourceError(gone, false, socketError("ECONNRESET")).code, "SOURCE_INTERRUPTED");
  });
});

const CONNECTING: readonly (readonly [error: Error, code: ErrorCode, fate: Fate, exitCode: 1 | 2])[] = [
  [socketError("ECONNREFUSED"), "SOURCE_DOWN", "again", 1],
  [socketError("ECONNRESET"), "SOURCE_DOWN", "again", 1],
  [socketError("ETIMEDOUT"), "SOURCE_DOWN", "again", 1],
  [socketError("EHOSTUNREACH"), "SOURCE_DOWN", "again", 1],
  [socketError("ENETUNREACH"), "SOURCE_DOWN", "again", 1],
  [socketError("EAI_AGAIN"), "SOURCE_DOWN", "again", 1],
  [new Error("timeout expired"), "SOURCE_DOWN", "again", 1],
  [new Error("Connection terminated unexpectedly"), "SOURCE_DOWN", "again", 1],
  [new AggregateError([socketError("EADDRNOTAVAIL"), socketError("ECONNREFUSED")]), "SOURCE_DOWN", "again", 1],
  [socketError("ENOTFOUND"), "SOURCE_UNREACHABLE", "failed", 2],
  [socketError("EACCES"), "SOURCE_UNREACHABLE", "failed", 2],
  [socketError("ERR_TLS_CERT_ALTNAME_INVALID"), "SOURCE_UNREACHABLE", "failed", 2],
  [socketError("SELF_SIGNED_CERT_IN_CHAIN"), "SOURCE_UNREACHABLE", "failed", 2],
  [new Error("The server does not support SSL connections"), "SOURCE_UNREACHABLE", "failed", 2],
];

describe("what happens while connecting", () => {
  for (const [cause, code, fate, exitCode] of CONNECTING) {
    it(`${"errors" in cause ? "several addresses" : cause.message} is ${code}: ${fate}`, () => {
      const error = connectError(cause, "db:5432", false);
      assert.deepEqual([error.code, fateOf(error), error.exitCode], [code, fate, exitCode]);
      assert.equal(error.context["source"], "db:5432");
      assert.ok(error.hint);
    });
  }
});

function fateOf(error: ReturnType<typeof sourceError>): Fate {
  if (restartable(error)) {
    assert.equal(error.retryable, true);
    return "again";
  }
  return error.retryable ? "later" : "failed";
}
