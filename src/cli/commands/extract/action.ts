import type { CommandAction } from "../../command.ts";
import { configuredObject } from "../../configured-object.ts";
import { extractRequest } from "../../extract-request.ts";
import { extractEvents } from "../../render/extract-events.ts";
import { extractPlanned, isPlannedJob } from "./planned.ts";
import { exitCodeOf, jsonResult, textResult } from "./render.ts";

export const extractAction: CommandAction = async (input) => {
  const { flags, talk } = input;
  if (isPlannedJob(input)) return extractPlanned(input);
  const { config } = await configuredObject(flags, input.env);
  const request = extractRequest(config, input, "refuse");
  const { runExtract } = await import("../../../run/extract.ts");
  const { object, snapshotDt, sinkUrl } = { object: config.object, ...request };
  talk.say("info", "started", `${object} of ${snapshotDt} → ${sinkUrl}${request.dryRun ? " (dry run)" : ""}`, {
    object,
    snapshot_dt: snapshotDt,
    sink: sinkUrl,
    dry_run: request.dryRun,
  });
  const result = await runExtract(request, extractEvents(talk));
  talk.close();
  const exitCode = exitCodeOf(result);
  process.exitCode = exitCode;
  input.print(flags.json === true ? jsonResult(request, result, exitCode) : await textResult(request, result));
  return exitCode;
};
