import { readSubmissions } from "../../../ledger/submissions.ts";
import { BronzeError } from "../../../model/errors.ts";
import { parseRunId } from "../../../model/ids.ts";
import { gatherReport } from "../../../page/gather.ts";
import { renderReport } from "../../../page/page.ts";
import type { CommandAction } from "../../command.ts";
import { effortOf } from "../../effort.ts";
import { withLedger } from "../../ledger-access.ts";
import { replaceFile } from "../../replace-file.ts";
import { reportDocument, reportText } from "./render.ts";

export const reportAction: CommandAction = (input) =>
  withLedger(input, async ({ object, sink }) => {
    const { flags, talk } = input;
    const run = input.args[0] === undefined ? (flags.run ?? null) : parseRunId(input.args[0]);
    if (flags.out === "-" && flags.json) {
      throw new BronzeError("USAGE", "--json and --out - both want stdout", { hint: "Give --out a file's name." });
    }
    talk.status(`reading the ledger of ${object}`);
    const data = await gatherReport(sink, object, run, {
      effortOf: async (status) => {
        const submissions = await readSubmissions(sink, object, status.plan.run);
        const { effort, ...told } = await effortOf(submissions, input.submitters, status);
        return { ...told, figures: effort };
      },
    });
    const html = renderReport(data);
    if (flags.out === "-") return { exitCode: 0, document: {}, text: () => html };
    const file = flags.out ?? `${object}-${data.run}.html`;
    await replaceFile("--out", file, html);
    return {
      exitCode: 0,
      document: { ...reportDocument(data, file, html), ...data.effort?.figures },
      text: () => reportText(data, file, html),
    };
  });
