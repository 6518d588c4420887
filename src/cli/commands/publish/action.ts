import { finishRun } from "../../../run/finish.ts";
import { publishOptions } from "../../../run/publish-options.ts";
import type { CommandAction } from "../../command.ts";
import { withLedger } from "../../ledger-access.ts";
import { namedRun } from "../../named-run.ts";
import { publicationText } from "../../render/run-report.ts";

export const publishAction: CommandAction = (input) =>
  withLedger(input, async (access) => {
    const plan = await namedRun(input, access);
    const { summary, publication } = await finishRun(access.sink, plan, publishOptions(access.config, input.flags));
    return {
      exitCode: publication.published ? 0 : 1,
      document: { summary, publication },
      text: () => `${publicationText(publication)}\n`,
    };
  });
