import type { ShardError } from "../ledger/fields.ts";
import type { Reason } from "./contract.ts";

/** One failure, and the words in its message that are the shard's own. */
export interface Failure {
  readonly error: ShardError;
  readonly own: readonly (string | null)[];
}

/**
 * Groups failures whose messages are the same but for the shard's own words and for numbers: 300 counties without a table are one reason.
 * @returns the reasons, most frequent first, and each failure's index among them.
 */
export function groupFailures(failures: readonly Failure[]): { reasons: Reason[]; reasonOf: number[] } {
  const groups = new Map<string, { first: ShardError; members: number[] }>();
  failures.forEach((failure, index) => {
    const pattern = patternOf(failure);
    const group = groups.get(pattern);
    if (group === undefined) groups.set(pattern, { first: failure.error, members: [index] });
    else group.members.push(index);
  });
  const sorted = [...groups.values()].sort((one, other) => other.members.length - one.members.length);
  const reasonOf: number[] = new Array(failures.length).fill(0);
  const reasons = sorted.map(({ first, members }, reason) => {
    for (const member of members) reasonOf[member] = reason;
    const { code, message, hint, retryable } = first;
    return { code, message, hint, retryable, count: members.length };
  });
  return { reasons, reasonOf };
}

function patternOf({ error, own }: Failure): string {
  const words = own.filter((word) => word !== null && word.length > 1) as string[];
  let message = error.message;
  // The longest first; only whole words, or Connecticut's "ct" would be found in "connection".
  for (const word of words.sort((one, other) => other.length - one.length)) {
    const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    message = message.replace(new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, "gu"), "\u0000");
  }
  return `${error.code}\n${error.retryable}\n${message.replace(/\d+/g, "0")}`;
}
