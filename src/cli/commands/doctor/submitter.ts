import type { SubmitterSpec } from "../../../submit/contract.ts";
import { unfitReason } from "../../../submit/registered.ts";
import type { CommandInput } from "../../command.ts";
import type { LedgerAccess } from "../../ledger-access.ts";
import { openSubmitter } from "../../submitters.ts";
import type { Doctor } from "./check.ts";

/** Whether a submitter can be reached, and has all that its jobs need. What runs jobs here needs no more than was checked before. */
export async function checkSubmitter(
  doctor: Doctor,
  spec: SubmitterSpec,
  input: CommandInput,
  access: LedgerAccess,
): Promise<void> {
  if (!spec.outlives) return;
  const reason = unfitReason(spec, access, access.sink.url);
  if (reason !== null) return doctor.skip(spec.title, reason);
  const submitter = await doctor.check(spec.title, async () => {
    const value = await openSubmitter(spec, input, access);
    return { says: await value.connect(), value };
  });
  if (submitter === null) return;
  try {
    for (const { name, run } of submitter.checks()) {
      await doctor.check(name, async () => ({ says: await run(), value: null }));
    }
  } finally {
    submitter.close();
  }
}
