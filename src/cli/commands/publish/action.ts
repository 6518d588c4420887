import { finishRun } from "../../../run/finish.ts";
import type { CommandAction } from "../../command.ts";
import { withLedger } from "../../ledger-access.ts";
import { namedRun } from "../../named-run.ts";
import { publicationText } from "../../render/run-report.ts";

export const publishAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const plan = await namedRun(input, access);
    const allowPartial = input.flags.allowPartial === true;
    const { summary, publication } = await finishRun(access.sink, plan, { publish: true, allowPartial });
    const exitCode = publication.published ? 0 : 1;
    process.exitCode = exitCode;
    const document = { version: 1, command: "publish", exit_code: exitCode, summary, publication };
    input.print(input.flags.json === true ? `${JSON.stringify(document, null, 2)}\n` : `${publicationText(publication)}\n`);
    return exitCode;
  });
