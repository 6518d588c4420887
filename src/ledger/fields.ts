import { z } from "zod";
import type { BronzeError } from "../model/errors.ts";
import { parseRunId, parseShardId, parseSnapshotDate } from "../model/ids.ts";
import { scrub } from "../model/secrets.ts";

/**
 * Version of the ledger's documents. They are written strictly and read loosely: a reader ignores keys that it doesn't know, and refuses
 * another version instead of guessing.
 */
export const LEDGER_VERSION = 2;

export const Version = z.literal(LEDGER_VERSION);
export const Instant = z.iso.datetime();
export const Count = z.int().nonnegative();

/** A text that is parsed once, where it is read: what comes out is branded. */
function parsed<T extends string>(parse: (text: string) => T) {
  return z.string().transform((text, context): T => {
    try {
      return parse(text);
    } catch {
      context.addIssue({ code: "custom", message: "not a valid name" });
      return z.NEVER;
    }
  });
}

export const RunName = parsed(parseRunId);
export const ShardName = parsed(parseShardId);
export const SnapshotDay = parsed(parseSnapshotDate);

export const ShardErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  retryable: z.boolean(),
});

export type ShardError = z.infer<typeof ShardErrorSchema>;

/** An error as the ledger keeps it. Messages of servers and drivers may quote what they were given: no secret gets in. */
export function shardError({ code, message, hint, retryable }: BronzeError): ShardError {
  return { code, message: scrub(message), hint: hint === undefined ? null : scrub(hint), retryable };
}
