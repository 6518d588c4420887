import type { RunPlan } from "../../../ledger/plan.ts";
import type { Estimate } from "../../../submit/contract.ts";
import { unfitReason } from "../../../submit/registered.ts";
import type { CommandAction, CommandInput, ExitCode } from "../../command.ts";
import { type LedgerAccess, withLedger } from "../../ledger-access.ts";
import { planRun } from "../../plan-run.ts";
import { planText } from "./render.ts";

interface NamedEstimate extends Estimate {
  readonly name: string;
}

export const planAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const { flags } = input;
    const { plan, created } = await planRun(input, access, "all");
    const estimates = await estimatesOf(plan, input);
    await warnOfSizes(plan, input, access);
    return {
      exitCode: exitCodeOf(plan),
      document: {
        ...{ dry_run: flags.dryRun === true, created, plan },
        estimates: Object.fromEntries(estimates.map(({ name, figures }) => [name, figures])),
      },
      text: () => planText(plan, flags.pack ?? 1, estimates),
    };
  });

/** What the run will come to, by each submitter that can tell. */
async function estimatesOf(plan: RunPlan, { submitters }: CommandInput): Promise<NamedEstimate[]> {
  const estimates: NamedEstimate[] = [];
  for (const { name, load } of submitters) {
    const estimate = (await load()).estimate?.(plan);
    if (estimate !== undefined) estimates.push({ name, ...estimate });
  }
  return estimates;
}

async function warnOfSizes({ sizes, run }: RunPlan, { submitters, talk }: CommandInput, access: LedgerAccess): Promise<void> {
  for (const spec of submitters.filter((one) => unfitReason(one, access, access.sink.url) === null)) {
    const { sizeProblem } = await spec.load();
    for (const [name, size] of Object.entries(sizes)) {
      const problem = sizeProblem?.(size) ?? null;
      if (problem === null) continue;
      const text = `warning: ${spec.title}: the size ${name} (${size.vcpu} vCPU, ${size.memory_mib} MiB) ${problem}`;
      talk.say("warn", "size_problem", text, { run, engine: spec.name, size_class: name });
    }
  }
}

function exitCodeOf({ rejected, shards }: RunPlan): ExitCode {
  return rejected.length === 0 && shards.every(({ problem }) => problem === null) ? 0 : 1;
}
