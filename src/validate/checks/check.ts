import type { ManifestFile, ShardManifest } from "../../ledger/manifest.ts";
import type { Footer } from "../../read/footer.ts";
import type { PageWalk } from "../../read/pages.ts";
import type { Evidence } from "../evidence.ts";
import { type CheckResult, type Finding, skip } from "../report.ts";
import type { Scan } from "../scan.ts";

/** What a check can ask to be there; without it the check is skipped, for another check fails or tells of it. */
export interface Needs {
  readonly manifest: ShardManifest;
  /** What the manifest says of this very file. */
  readonly file: ManifestFile;
  readonly footer: Footer;
  readonly pages: PageWalk;
  readonly content: Scan;
}

export interface Check {
  readonly name: string;
  run(evidence: Evidence): Promise<CheckResult>;
}

/** One check: a name, what it needs, and a judgement of the evidence. */
export function check<K extends keyof Needs>(
  name: string,
  needs: readonly K[],
  judge: (found: Evidence & { readonly the: Pick<Needs, K> }) => Finding | Promise<Finding>,
): Check {
  return {
    name,
    async run(evidence) {
      const the: Partial<Needs> = {};
      for (const need of needs) {
        const found = provide(evidence, need);
        if ("missing" in found) return { check: name, ...skip(found.missing) };
        Object.assign(the, { [need]: found.value });
      }
      return { check: name, ...(await judge({ ...evidence, the: the as Pick<Needs, K> })) };
    },
  };
}

function provide(evidence: Evidence, need: keyof Needs): { readonly value: unknown } | { readonly missing: string } {
  if (need === "manifest" || need === "file") {
    return evidence.landing.state === "landed" ? { value: evidence.landing[need] } : { missing: "no manifest" };
  }
  const learnt = evidence[need];
  if (learnt.known) return { value: learnt.value };
  return { missing: !evidence.footer.known || need === "footer" ? "the footer can't be read" : "the content can't be read" };
}
