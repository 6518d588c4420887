/**
 * Every failure a user can meet is a {@link BronzeError}: a stable code, the facts around it, what to do, and whether trying
 * again can help. Anything else that reaches the command line is a bug and is shown as one.
 */

/** Code → exit code. 2: usage, config or set-up, where trying again can't help. 1: a shard or a check failed. */
const CODES = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  OBJECT_UNKNOWN: 2,
  SHARD_UNKNOWN: 2,
  KEY_INVALID: 2,
  DSN_MISSING: 2,
  DSN_INVALID: 2,
  /** The source's host name, socket or TLS is not as the connection string says. */
  SOURCE_UNREACHABLE: 2,
  SOURCE_AUTH: 2,
  QUERY_INVALID: 2,
  TABLE_MISSING: 2,
  COLUMN_MISSING: 2,
  COLUMN_DUPLICATE: 2,
  SINK_INVALID: 2,
  SINK_DENIED: 2,
  SINK_MISSING: 2,
  CREDENTIALS: 2,
  ENGINE_INVALID: 2,

  /** The source takes no connection now: it is down, starting, full, or the network is. */
  SOURCE_DOWN: 1,
  /** The connection or its snapshot was lost; the same read from the beginning may succeed. */
  SOURCE_INTERRUPTED: 1,
  SOURCE_FAILED: 1,
  WIRE_CORRUPT: 1,
  UNREPRESENTABLE: 1,
  NULL_KEY: 1,
  SCHEMA_DRIFT: 1,
  ROW_COUNT: 1,
  SINK_FAILED: 1,
  SINK_FULL: 1,
  SINK_CONFLICT: 1,
  SINK_CHECKSUM: 1,
  LEDGER_CORRUPT: 1,
  LEDGER_VERSION: 1,
  ENGINE_FAILED: 1,
  /** Nobody could be told how a run ended. */
  NOTICE_FAILED: 1,
  SHARD_FAILED: 1,
  CHECK_FAILED: 1,
  CANCELLED: 1,
} as const satisfies Record<string, 1 | 2>;

export type ErrorCode = keyof typeof CODES;

export interface ErrorDetails {
  /** What to do about it, as one sentence to the person at the terminal. */
  readonly hint?: string;
  /** True when the same call may succeed later without anybody changing anything. Default false. */
  readonly retryable?: boolean;
  /** Facts that identify the place: table, column, row, key, sqlstate, attempt. Never a secret. */
  readonly context?: Readonly<Record<string, string | number | boolean | null>>;
  readonly cause?: unknown;
}

export class BronzeError extends Error {
  override readonly name = "BronzeError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly context: Readonly<Record<string, string | number | boolean | null>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.retryable = details.retryable ?? false;
    this.context = details.context ?? {};
  }

  /** 2 for usage, config and set-up; 1 for a shard or a check that failed, and for a code that another version wrote. */
  get exitCode(): 1 | 2 {
    return CODES[this.code] ?? 1;
  }

  /** A copy that knows more about where it happened; the nearer place wins over the farther one. */
  within(context: Readonly<Record<string, string | number | boolean | null>>): BronzeError {
    const copy = new BronzeError(this.code, this.message, {
      retryable: this.retryable,
      context: { ...context, ...this.context },
      cause: this.cause ?? this,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
    });
    if (this.stack !== undefined) copy.stack = this.stack;
    return copy;
  }
}
