import { BronzeError } from "../../../model/errors.ts";
import { jsonError } from "../../render/failure.ts";

export interface Finding {
  readonly check: string;
  readonly outcome: "ok" | "failed" | "skipped";
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
  skip(name: string, reason: string): void;
}

export function createDoctor(tell: (finding: Finding) => void): Doctor {
  const findings: Finding[] = [];
  const add = (finding: Finding): void => {
    findings.push(finding);
    tell(finding);
  };
  return {
    findings,
    check: async (name, work) => {
      try {
        const { says, value } = await work();
        add({ check: name, outcome: "ok", says, hint: null });
        return value;
      } catch (error) {
        // Whoever cancels wants an end, not a diagnosis; and a bug has to look like one.
        if (!(error instanceof BronzeError) || error.code === "CANCELLED") throw error;
        const { message, hint } = jsonError(error);
        add({ check: name, outcome: "failed", says: message, hint });
        return null;
      }
    },
    skip: (name, reason) => add({ check: name, outcome: "skipped", says: reason, hint: null }),
  };
}

/** For a check that found something wrong. */
export function wrong(message: string, hint: string): BronzeError {
  return new BronzeError("CHECK_FAILED", message, { hint });
}
