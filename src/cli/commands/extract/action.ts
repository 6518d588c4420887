import { runExtract } from "../../../run/extract.ts";
import type { CommandAction } from "../../command.ts";
import { configuredObject } from "../../configured-object.ts";
import { extractRequest } from "../../extract-request.ts";
import { extractEvents } from "../../render/extract-events.ts";
import { exitCodeOf } from "./exit-code.ts";
import { extractJob, isJob } from "./job.ts";
import { extractDocument, outcomesText } from "./render.ts";
import { extractTables, namesTables } from "./tables.ts";

export const extractAction: CommandAction = async (input) => {
  const { flags, talk } = input;
  if (namesTables(input)) return extractTables(input);
  if (isJob(input)) return extractJob(input);
  const { config } = await configuredObject(flags, input.env);
  const request = extractRequest(config, input, "refuse");
  const { object, snapshotDt, sinkUrl } = { object: config.object, ...request };
  talk.say("info", "started", `${object} of ${snapshotDt} → ${sinkUrl}${request.dryRun ? " (dry run)" : ""}`, {
    object,
    snapshot_dt: snapshotDt,
    sink: sinkUrl,
    dry_run: request.dryRun,
  });
  const result = await runExtract(request, extractEvents(talk));
  return {
    exitCode: exitCodeOf(result),
    document: extractDocument(request, result),
    text: () => outcomesText(request.dryRun, result),
  };
};
