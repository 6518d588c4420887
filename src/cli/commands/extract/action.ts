import type { ExtractResult } from "../../../extract/contract.ts";
import { runExtract } from "../../../run/extract.ts";
import type { CommandAction, ExitCode } from "../../command.ts";
import { configuredObject } from "../../configured-object.ts";
import { extractRequest } from "../../extract-request.ts";
import { extractEvents } from "../../render/extract-events.ts";
import { extractJob, isJob } from "./job.ts";
import { extractDocument, extractText } from "./render.ts";

export const extractAction: CommandAction = async (input) => {
  const { flags, talk } = input;
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
    text: () => extractText(request, result),
  };
};

/** 0 when all landed; 2 when nothing did and every reason is one of set-up; else 1. */
function exitCodeOf({ shards, rejected }: ExtractResult): ExitCode {
  const errors = [
    ...rejected.map(({ error }) => error),
    ...shards.flatMap((shard) => (shard.outcome === "failed" ? [shard.error] : [])),
  ];
  if (errors.length === 0) return 0;
  const isSetup = errors.every((error) => error.exitCode === 2) && shards.every((shard) => shard.outcome === "failed");
  return isSetup ? 2 : 1;
}
