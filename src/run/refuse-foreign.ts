import { isCurrent, readCurrent } from "../ledger/current.ts";
import type { Landing } from "../ledger/landing.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { BronzeError } from "../model/errors.ts";
import type { Sink } from "../sink/sink.ts";

/**
 * Keeps one snapshot of one kind: a run with another config or schema doesn't land inside the run that readers are on, or will be in a
 * moment. Called under the claim, so that either this sees the announcement of a publication, or the publisher sees the claim.
 * @throws BronzeError SHARD_FAILED
 */
export async function refuseForeign(sink: Sink, landing: Landing, plan: RunPlan, replace: boolean): Promise<void> {
  const { manifest, history } = landing;
  if (replace || manifest === null) return;
  if (manifest.fingerprint === plan.fingerprint) return;
  const current = await readCurrent(sink, plan.object);
  const inside = [manifest, ...history].find(({ run }) => isCurrent(current, run));
  if (inside === undefined) return;
  const differs = manifest.config_digest === plan.config_digest ? "with another schema" : "with another config or other flags";
  throw new BronzeError("SHARD_FAILED", `${landing.key} belongs to the published run ${inside.run}, which landed it ${differs}`, {
    hint: "Land under another date (--extract-date) or into another place (--sink); --replace lands over it all the same.",
    context: { key: landing.key, published: inside.run },
  });
}
