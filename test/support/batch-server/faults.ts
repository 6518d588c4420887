export type Fault =
  /** Answers with an error instead of doing the work: 429 TooManyRequestsException, 500 ServerException, … */
  | { readonly kind: "error"; readonly status: number; readonly code: string; readonly message?: string }
  /** Cuts the connection before the work. */
  | { readonly kind: "cut" }
  /** Does the work, then cuts the connection instead of answering. */
  | { readonly kind: "lose-answer" };

export interface FaultRule {
  readonly fault: Fault;
  /** `SubmitJob`, `ListJobs`, … Default: every operation. */
  readonly operation?: string;
  /** Let so many matching requests pass first. Default 0. */
  readonly skip?: number;
  /** Then strike so many times. Default: always. */
  readonly times?: number;
}

export interface Faults {
  add(rule: FaultRule): void;
  clear(): void;
  strike(operation: string): Fault | null;
}

export function createFaults(): Faults {
  let rules: { readonly rule: FaultRule; seen: number }[] = [];
  return {
    add: (rule) => void rules.push({ rule, seen: 0 }),
    clear: () => {
      rules = [];
    },
    strike: (operation) => {
      for (const entry of rules) {
        const { fault, skip = 0, times = Number.POSITIVE_INFINITY } = entry.rule;
        if (entry.rule.operation !== undefined && entry.rule.operation !== operation) continue;
        const turn = entry.seen++;
        if (turn >= skip && turn < skip + times) return fault;
      }
      return null;
    },
  };
}

/** Too many calls a second, as Batch says it. Source: "Common errors" and "AWS Batch service quotas". */
export const THROTTLED: Fault = {
  kind: "error",
  status: 429,
  code: "TooManyRequestsException",
  message: "Too Many Requests",
};
