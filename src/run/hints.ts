import type { RunPlan } from "../ledger/plan.ts";
import { pasted } from "../model/command-text.ts";

type Which = Pick<RunPlan, "run" | "object" | "sink">;

/** A command on a run, as it can be pasted: the run alone doesn't say of which object it is, and in which sink. */
export function commandOn(name: string, { run, object, sink }: Which, ...more: readonly string[]): string {
  return pasted(["pg-bronze", name, run, ...more, "--object", object, "--sink", sink]);
}

/** `Take it up again with: pg-bronze retry …` */
export function retryHint(lead: string, which: Which): string {
  return `${lead}: ${commandOn("retry", which)}`;
}
