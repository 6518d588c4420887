import { BronzeError } from "../../../model/errors.ts";
import { jsonError } from "../../render/failure.ts";

export interface Finding {
  readonly check: string;
  /** A warning is no failure: it says what follows. */
  readonly outcome: "ok" | "warning" | "failed" | "skipped";
  /** What was found, or why it failed or wasn't looked at. */
  readonly says: string;
  /** What to do; null when nothing. */
  readonly hint: string | null;
}

/** Collects findings, in order. */
export interface Doctor {
  readonly findings: readonly Finding[];
  /** Runs one check, which says what it found or throws. @returns what it gave, or null when it failed. */
  check<T>(name: string, work: () => Promise<{ readonly says: string; readonly value: T }>): Promise<T | null>;
  /** Runs a check of something that a run can do without: a hint makes it a warning. */
  advise(name: string, work: () => Promise<{ readonly says: string; readonly hint: string | null }>): Promise<void>;
  skip(name: string, reason: string): void;
}

export function createDoctor(tell: (finding: Finding) => void): Doctor {
  const findings: Finding[] = [];
  const add = (finding: Finding): void => {
    findings.push(finding);
    tell(finding);
  };
  function fail(check: string, error: unknown): void {
    // Whoever cancels wants an end, not a diagnosis; and a bug has to look like one.
    if (!(error instanceof BronzeError) || error.code === "CANCELLED") throw error;
    const { message, hint } = jsonError(error);
    add({ check, outcome: "failed", says: message, hint });
  }
  return {
    findings,
    check: async (name, work) => {
      try {
        const { says, value } = await work();
        add({ check: name, outcome: "ok", says, hint: null });
        return value;
      } catch (error) {
        fail(name, error);
        return null;
      }
    },
    advise: async (name, work) => {
      try {
        const { says, hint } = await work();
        add({ check: name, outcome: hint === null ? "ok" : "warning", says, hint });
      } catch (error) {
        fail(name, error);
      }
    },
    skip: (name, reason) => add({ check: name, outcome: "skipped", says: reason, hint: null }),
  };
}

/** For a check that found something wrong. */
export function wrong(message: string, hint: string): BronzeError {
  return new BronzeError("CHECK_FAILED", message, { hint });
}
