/** Version of the report's shape, as `--json` prints it. Fields are only ever added within one version. */
export const REPORT_VERSION = 1;

/**
 * `fail` makes the file fail. `warn` is worth a look and fails nothing. `skip` says why a check had nothing to check:
 * a file from another tool has no manifest, and that is not a fault of the file.
 */
export type CheckStatus = "pass" | "fail" | "warn" | "skip";

export interface CheckResult {
  /** Stable name, such as `statistics`. */
  readonly check: string;
  readonly status: CheckStatus;
  /** What was found, one line for people; null where a pass needs no words. */
  readonly message: string | null;
}

/** What was found out about one data object, or about a manifest whose object isn't there. */
export interface FileReport {
  /** Path or address, as a person would write it. */
  readonly file: string;
  /** Address of the manifest that it was compared with; null when it was looked at by itself. */
  readonly manifest: string | null;
  readonly verdict: "pass" | "fail";
  /** Rows that were read; null when they could not be. */
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly duration_ms: number;
  /** In the order of the checks, whatever the verdict. */
  readonly checks: readonly CheckResult[];
}

export interface ValidationReport {
  readonly version: typeof REPORT_VERSION;
  readonly started_at: string;
  readonly finished_at: string;
  /** In the order of the targets; within a folder or prefix, in byte order of the keys. */
  readonly files: readonly FileReport[];
  readonly summary: {
    readonly files: number;
    readonly passed: number;
    readonly failed: number;
    /** Files not looked at because an earlier one failed under `stopOnError`. */
    readonly not_validated: number;
    readonly warnings: number;
    readonly rows: number;
    readonly bytes: number;
  };
}

/** What a check says; its name is added by whoever runs it. */
export interface Finding {
  readonly status: CheckStatus;
  readonly message: string | null;
}

export const pass = (message: string | null = null): Finding => ({ status: "pass", message });
export const fail = (message: string): Finding => ({ status: "fail", message });
export const warn = (message: string): Finding => ({ status: "warn", message });
export const skip = (message: string): Finding => ({ status: "skip", message });

/** A fail that names the first few faults and counts the rest, or a pass when there are none. */
export function verdictOn(faults: readonly string[], passMessage: string | null = null): Finding {
  if (faults.length === 0) return pass(passMessage);
  const shown = faults.slice(0, 3).join("; ");
  return fail(faults.length > 3 ? `${shown}; and ${faults.length - 3} more` : shown);
}

export function summarize(files: readonly FileReport[], notValidated: number): ValidationReport["summary"] {
  const sum = (of: (file: FileReport) => number) => files.reduce((total, file) => total + of(file), 0);
  return {
    files: files.length,
    passed: sum((file) => (file.verdict === "pass" ? 1 : 0)),
    failed: sum((file) => (file.verdict === "fail" ? 1 : 0)),
    not_validated: notValidated,
    warnings: sum((file) => file.checks.filter((check) => check.status === "warn").length),
    rows: sum((file) => file.rows ?? 0),
    bytes: sum((file) => file.bytes ?? 0),
  };
}
