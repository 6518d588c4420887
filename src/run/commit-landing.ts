import type { PreparedFile } from "../extract/land-file.ts";
import type { PreparedShard } from "../extract/prepare-shard.ts";
import type { Claim } from "../ledger/claim.ts";
import { isConflict } from "../ledger/document.ts";
import { LEDGER_VERSION } from "../ledger/fields.ts";
import type { Intent } from "../ledger/landing.ts";
import type { ManifestFile, ShardManifest } from "../ledger/manifest.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { BronzeError } from "../model/errors.ts";
import type { ObjectInfo, Sink } from "../sink/sink.ts";
import { verifyObject } from "./verify-object.ts";

/** Objects that change between a look and a publication are late writes of processes that lost the claim: more in a row are no accident. */
const MOST_CONFLICTS = 3;

/**
 * From sealed files to a manifest that holds: intend, publish on condition, verify, commit. Nothing is deleted, whatever happens; see
 * docs/landing.md. A signal doesn't cut it short.
 * @throws BronzeError SINK_CONFLICT, retryable, when the claim was lost or the objects change all the time
 */
export async function commitLanding(sink: Sink, claim: Claim, plan: RunPlan, prepared: PreparedShard): Promise<ShardManifest> {
  const published = await publishFiles(sink, claim, plan, prepared);
  for (const info of published) await verifyObject(sink, info.key, info);
  const manifest = manifestOf(sink, plan, claim, prepared, published);
  await claim.commit(manifest);
  return manifest;
}

async function publishFiles(sink: Sink, claim: Claim, plan: RunPlan, prepared: PreparedShard): Promise<ObjectInfo[]> {
  const published = new Map<string, ObjectInfo>();
  for (let conflicts = 0; ; conflicts++) {
    // A key that nobody ever claimed before is most likely free; if not, the store says so.
    const isNew = claim.landing.seq === 1 && conflicts === 0;
    const found = isNew ? nothingAt(prepared.files) : await lookAt(sink, prepared.files, published);
    // Also an object without a manifest: another attempt's write, on the condition that it is there, may still be under way.
    const replaces = claim.landing.manifest !== null || [...found.values()].some((info) => info !== null);
    if (replaces) await claim.intend(await intended(sink, plan, claim, prepared), basesOf(found));
    else if (conflicts === 0) await claim.renewIfAged();
    else await claim.renew();
    const inTime = (): boolean => claim.isInTime();
    try {
      for (const { facts, writer } of prepared.files) {
        const there = found.get(facts.key) ?? null;
        if (!published.has(facts.key))
          published.set(facts.key, await writer.publish(there === null ? "absent" : { etag: there.etag }, { inTime }));
      }
      return prepared.files.map(({ facts }) => published.get(facts.key)!);
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (conflicts + 1 >= MOST_CONFLICTS) throw error instanceof BronzeError ? changesAllTheTime(error) : error;
    }
  }
}

/** What is at each data key; null for nothing. */
type Found = ReadonlyMap<string, ObjectInfo | null>;

function nothingAt(files: readonly PreparedFile[]): Found {
  return new Map(files.map(({ facts }) => [facts.key, null]));
}

/** Looks at the data keys. A file of this attempt that is there was published, though the answer to that was lost. */
async function lookAt(sink: Sink, files: readonly PreparedFile[], published: Map<string, ObjectInfo>): Promise<Found> {
  const found = new Map<string, ObjectInfo | null>();
  for (const { facts, writer } of files) {
    const info = await sink.head(facts.key);
    found.set(facts.key, info);
    if (info !== null && info.token === (await writer.seal()).token) published.set(facts.key, info);
  }
  return found;
}

function basesOf(found: Found): Intent["base"] {
  return Object.fromEntries([...found].map(([key, info]) => [key, info?.etag ?? null]));
}

/** The manifest before its objects are visible: their tokens are known, and on S3 their etags are not. */
async function intended(sink: Sink, plan: RunPlan, claim: Claim, prepared: PreparedShard): Promise<ShardManifest> {
  const sealed = await Promise.all(prepared.files.map(({ writer }) => writer.seal()));
  return manifestOf(
    sink,
    plan,
    claim,
    prepared,
    sealed.map(({ token }) => ({ etag: "", token })),
  );
}

function manifestOf(
  sink: Sink,
  plan: RunPlan,
  claim: Claim,
  { files, draft }: PreparedShard,
  written: readonly Pick<ObjectInfo, "etag" | "token">[],
): ShardManifest {
  const landed = files.map(({ facts }, i): ManifestFile => {
    const { key, bytes, rows, rowGroups, sha256, columns } = facts;
    const { etag, token } = written[i]!;
    const url = sink.locate(key);
    return {
      key,
      url,
      bytes,
      etag,
      token: token ?? etag,
      rows,
      row_groups: rowGroups,
      sha256,
      columns: [...columns],
      range: null,
    };
  });
  return {
    ...draft,
    version: LEDGER_VERSION,
    run: plan.run,
    planned_at: plan.planned_at,
    config_digest: plan.config_digest,
    fingerprint: plan.fingerprint,
    token: claim.token,
    files: landed,
    proofs: [],
    finished_at: new Date().toISOString(),
  };
}

function changesAllTheTime(cause: BronzeError): BronzeError {
  return new BronzeError("SINK_CONFLICT", `${cause.message}, again and again`, {
    hint: "Another program writes to this key. Find it and stop it, then run the shard again.",
    context: cause.context,
    retryable: true,
    cause,
  });
}
