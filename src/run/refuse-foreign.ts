import { withdraw } from "../ledger/current.ts";
import type { Landing } from "../ledger/landing.ts";
import type { RunPlan } from "../ledger/plan.ts";
import { BronzeError } from "../model/errors.ts";
import type { Sink } from "../sink/sink.ts";

/**
 * Keeps one snapshot of one kind: a run with another config or schema doesn't land inside the run that readers are on. Called under the
 * claim: a publisher that looked before the claim finds its announcement withdrawn and looks again; one that looks after it sees the claim.
 * @throws BronzeError SHARD_FAILED
 */
export async function refuseForeign(sink: Sink, landing: Landing, plan: RunPlan, replace: boolean): Promise<void> {
  const { manifest, history } = landing;
  if (replace || manifest === null) return;
  if (manifest.fingerprint === plan.fingerprint) return;
  const runs = new Set<string>([manifest, ...history].map(({ run }) => run));
  const published = await withdraw(sink, plan.object, runs);
  if (published === null || !runs.has(published.run) || published.fingerprint === plan.fingerprint) return;
  const differs = manifest.config_digest === plan.config_digest ? "with another schema" : "with another config or other flags";
  throw new BronzeError(
    "SHARD_FAILED",
    `${landing.key} belongs to the published run ${published.run}, which landed it ${differs}`,
    {
      hint: "Land under another date (--extract-date) or into another place (--sink); --replace lands over it all the same.",
      context: { key: landing.key, published: published.run },
    },
  );
}
