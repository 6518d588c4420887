import { z } from "zod";
import { LEDGER_VERSION } from "./manifest.ts";
import { ShardErrorSchema } from "./summary.ts";

/** `claims/<shard>.json`: who works on a shard, until when others keep off, and how the last attempt ended. */
export const ShardClaimSchema = z.strictObject({
  version: z.literal(LEDGER_VERSION),
  object: z.string(),
  run: z.string(),
  shard: z.string(),
  /** Names one process, so that two claims are never the same bytes. */
  owner: z.string(),
  state: z.enum(["running", "landed", "failed", "released"]),
  attempt: z.int().positive(),
  claimed_at: z.iso.datetime(),
  heartbeat_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  /** Of the last attempt that failed; null before one did. */
  error: ShardErrorSchema.nullable(),
});

export type ShardClaim = z.infer<typeof ShardClaimSchema>;
