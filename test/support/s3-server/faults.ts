/** What a request is, in the words of S3's API. */
export interface RequestFacts {
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  readonly partNumber: number | null;
}

export type Fault =
  /** Answers with an error instead of doing the work. */
  | { readonly kind: "error"; readonly status: number; readonly code: string }
  /** Answers 200 with an error in the body, as CompleteMultipartUpload may. */
  | { readonly kind: "error-in-200"; readonly code: string }
  /** Cuts the connection after so many bytes of the request's body. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** Does the work, then cuts the connection instead of answering. */
  | { readonly kind: "lose-answer" }
  /** Cuts the connection when a request that changes an object has come, and does the work when `until` resolves: after its client gave up. */
  | { readonly kind: "late"; readonly until: Promise<unknown> }
  /** Waits before the work. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** Never answers. */
  | { readonly kind: "hang" }
  /** Does the work, and answers with a checksum of other bytes. */
  | { readonly kind: "wrong-checksum" }
  /** Sends only the first bytes of a reply's body, then cuts the connection. */
  | { readonly kind: "short-body"; readonly bytes: number };

export interface FaultRule {
  readonly fault: Fault;
  /** Default: every request. */
  readonly when?: (facts: RequestFacts) => boolean;
  /** Let so many matching requests pass first. Default 0. */
  readonly skip?: number;
  /** Then strike so many times. Default: always. */
  readonly times?: number;
}

export interface Faults {
  add(rule: FaultRule): void;
  clear(): void;
  /** The fault for this request, if a rule strikes. */
  strike(facts: RequestFacts): Fault | null;
}

export function createFaults(): Faults {
  let rules: { readonly rule: FaultRule; seen: number }[] = [];
  return {
    add: (rule) => void rules.push({ rule, seen: 0 }),
    clear: () => {
      rules = [];
    },
    strike: (facts) => {
      for (const entry of rules) {
        const { fault, when, skip = 0, times = Number.POSITIVE_INFINITY } = entry.rule;
        if (when !== undefined && !when(facts)) continue;
        const turn = entry.seen++;
        if (turn >= skip && turn < skip + times) return fault;
      }
      return null;
    },
  };
}

/** A condition for {@link FaultRule.when}: one of these operations. */
export function onOperation(...operations: string[]): (facts: RequestFacts) => boolean {
  return ({ operation }) => operations.includes(operation);
}
