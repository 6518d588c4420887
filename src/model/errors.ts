/**
 * Every failure a user can meet is a {@link BronzeError}: a stable code, the facts around it, what to do, and whether trying
 * again can help. Anything else that reaches the command line is a bug and is shown as one.
 */

export type ErrorCode =
  // Usage, config and set-up: exit code 2.
  | "USAGE"
  | "CONFIG_INVALID"
  | "OBJECT_UNKNOWN"
  | "SHARD_UNKNOWN"
  | "KEY_INVALID"
  | "DSN_MISSING"
  | "DSN_INVALID"
  | "SOURCE_UNREACHABLE"
  | "SOURCE_AUTH"
  | "QUERY_INVALID"
  | "TABLE_MISSING"
  | "COLUMN_MISSING"
  | "COLUMN_DUPLICATE"
  | "SINK_INVALID"
  | "SINK_DENIED"
  | "SINK_MISSING"
  | "CREDENTIALS"
  | "ENGINE_INVALID"
  // A shard or a check failed: exit code 1.
  | "SOURCE_FAILED"
  | "SOURCE_INTERRUPTED"
  | "WIRE_CORRUPT"
  | "UNREPRESENTABLE"
  | "NULL_KEY"
  | "SCHEMA_DRIFT"
  | "ROW_COUNT"
  | "SINK_FAILED"
  | "SINK_FULL"
  | "SINK_CONFLICT"
  | "SINK_CHECKSUM"
  | "LEDGER_CORRUPT"
  | "LEDGER_VERSION"
  | "ENGINE_FAILED"
  | "SHARD_FAILED"
  | "CHECK_FAILED"
  | "CANCELLED";

const SETUP_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "USAGE",
  "CONFIG_INVALID",
  "OBJECT_UNKNOWN",
  "SHARD_UNKNOWN",
  "KEY_INVALID",
  "DSN_MISSING",
  "DSN_INVALID",
  "SOURCE_UNREACHABLE",
  "SOURCE_AUTH",
  "QUERY_INVALID",
  "TABLE_MISSING",
  "COLUMN_MISSING",
  "COLUMN_DUPLICATE",
  "SINK_INVALID",
  "SINK_DENIED",
  "SINK_MISSING",
  "CREDENTIALS",
  "ENGINE_INVALID",
]);

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

  /** 2 for usage, config and set-up; 1 for a shard or a check that failed. */
  get exitCode(): 1 | 2 {
    return SETUP_CODES.has(this.code) ? 2 : 1;
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
