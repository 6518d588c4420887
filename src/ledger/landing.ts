import { z } from "zod";
import { Count, Instant, RunName, ShardErrorSchema, ShardName, Version } from "./fields.ts";
import { type ShardManifest, ShardManifestSchema } from "./manifest.ts";

/** Who works on a data key. The lease counts from when the store wrote the record. */
export const HolderSchema = z.object({
  owner: z.string(),
  run: RunName,
  shard: ShardName,
  /** Of this attempt; it marks the object too. */
  token: z.string(),
  attempt: z.int().positive(),
  /** Of the run's plan. */
  fingerprint: z.string(),
  lease_ms: z.int().positive(),
  /** By the holder's clock, for people. */
  claimed_at: Instant,
  renewed_at: Instant,
});

/** A landing that is about to replace the manifest's objects, or tried to: until its outcome is known, the objects may be these. */
export const IntentSchema = z.object({
  token: z.string(),
  /** By the store's clock: a write that was given up takes effect soon or never. */
  at: Instant,
  /** For each data object the etag that it replaces, null for none. */
  base: z.record(z.string(), z.string().nullable()),
  manifest: ShardManifestSchema,
});

/** `landings/<name>.json`: all that is decided about one data key. Every change is a compare-and-swap. See docs/landing.md. */
export const LandingSchema = z.object({
  version: Version,
  object: z.string(),
  /** Key of the data object; of a shard of several files the key that stands for them all. */
  key: z.string(),
  /** Raised by every write, so that no two states are the same bytes. */
  seq: z.int().positive(),
  holder: HolderSchema.nullable(),
  /** How the last attempt ended that didn't land; null after one that did. */
  ended: z
    .object({
      outcome: z.enum(["failed", "released"]),
      owner: z.string(),
      run: RunName,
      shard: ShardName,
      attempt: z.int().positive(),
      claimed_at: Instant,
      at: Instant,
      error: ShardErrorSchema.nullable(),
    })
    .nullable(),
  manifest: ShardManifestSchema.nullable(),
  intents: z.array(IntentSchema),
  /** What the manifest replaced, newest first, in figures. */
  history: z.array(
    z.object({ run: RunName, shard: ShardName, planned_at: Instant, token: z.string(), rows: Count, finished_at: Instant }),
  ),
});

export type Holder = z.infer<typeof HolderSchema>;
export type Intent = z.infer<typeof IntentSchema>;
export type Landing = z.infer<typeof LandingSchema>;

/** How long after its intent a publication may be sent, or sent again. */
export const PUBLISH_MS = 5 * 60_000;
/**
 * A publication takes effect so long after its intent or never: S3 refuses a signature that is 15 minutes old, and there are five for the
 * clock by which an intent is dated, which stands still while a machine sleeps. Source: "Signing and authenticating REST requests".
 */
const LATE_WRITE_MS = PUBLISH_MS + 20 * 60_000;
/** Runs of one day that landed a key, beyond which the oldest are forgotten. */
const MOST_HISTORY = 50;

export function isOpenIntent(intent: Intent, storeTime: Date): boolean {
  return storeTime.getTime() - Date.parse(intent.at) < LATE_WRITE_MS;
}

/** Writes that may change the objects: of those that are known to have landed, the ones whose request would pass if it arrived once more. */
export function openIntents({ manifest, history, intents }: Landing, storeTime: Date): Intent[] {
  const landed = new Set([...(manifest === null ? [] : [manifest]), ...history].map(({ token }) => token));
  const wouldPass = ({ base }: Intent): boolean => manifest?.files.some(({ key, etag }) => base[key] === etag) ?? false;
  return intents.filter((intent) => isOpenIntent(intent, storeTime) && (!landed.has(intent.token) || wouldPass(intent)));
}

/**
 * The record after a landing: the new manifest, without the intents that can't take effect any more. Their condition is no matter: the
 * bytes that they wait for may land once more. Nor is it that one was the manifest's own: a repeated request may still arrive.
 */
export function committed(landing: Landing, manifest: ShardManifest, storeTime: Date): Landing {
  const { manifest: before } = landing;
  return {
    ...landing,
    holder: null,
    ended: null,
    manifest,
    intents: landing.intents.filter((intent) => isOpenIntent(intent, storeTime)),
    history: (before === null ? landing.history : [pastOf(before), ...landing.history]).slice(0, MOST_HISTORY),
  };
}

function pastOf({ run, shard, planned_at, token, rows, finished_at }: ShardManifest): Landing["history"][number] {
  return { run, shard, planned_at, token, rows, finished_at };
}
