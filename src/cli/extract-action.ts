import type { ObjectConfig } from "../config/object-config.ts";
import type { ExtractRequest } from "../extract/contract.ts";
import { BronzeError } from "../model/errors.ts";
import { today } from "../model/ids.ts";
import type { Selection } from "../plan/contract.ts";
import { selectsAll } from "../plan/select.ts";
import type { CommandAction, CommandInput } from "./command.ts";
import { configuredObject } from "./configured-object.ts";
import { extractEvents } from "./extract-events.ts";
import { exitCodeOf, jsonResult, textResult } from "./extract-report.ts";

export const extractAction: CommandAction = async (input) => {
  const { flags, talk } = input;
  const { config } = await configuredObject(flags, input.env);
  const request = toRequest(config, input);
  const { runExtract } = await import("../extract/run.ts");
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

function toRequest(config: ObjectConfig, input: CommandInput): ExtractRequest {
  const { flags, env, signal } = input;
  return {
    config,
    selection: selectionOf(config, input),
    snapshotDt: flags.extractDate ?? today(),
    run: flags.run ?? null,
    sinkUrl: flags.sink ?? config.sink.url ?? `s3://${config.sink.bucket}`,
    dsn: flags.dsn ?? null,
    env,
    overrides: {
      profile: flags.profile,
      transport: flags.transport,
      threads: flags.threads,
      parallelism: flags.parallelism,
      compression: flags.compression,
      compressionLevel: flags.compressionLevel,
      rowGroupBytes: flags.rowGroupBytes,
    },
    dryRun: flags.dryRun === true,
    signal,
  };
}

/** The counties that were asked for. Variables meant for sharded objects, in an environment that several objects share, don't concern a single table. */
function selectionOf(config: ObjectConfig, { flags, typed }: CommandInput): Selection {
  if (config.extract_pattern === "single_table") {
    const wrong = (["geoid", "table", "state"] as const).find((name) => typed.has(name));
    if (wrong === undefined) return { geoids: [], states: [], tables: [] };
    throw new BronzeError("USAGE", `${config.object} is a single table: there are no counties to choose`, {
      hint: `Leave out --${wrong}.`,
    });
  }
  const selection: Selection = { geoids: flags.geoid ?? [], states: flags.state ?? [], tables: flags.table ?? [] };
  if (flags.all === true && !selectsAll(selection)) {
    throw new BronzeError("USAGE", "--all and a choice of counties were both given", { hint: "Leave one of them out." });
  }
  if (selectsAll(selection) && flags.all !== true && flags.dryRun !== true) {
    throw new BronzeError("USAGE", `No county of ${config.object} was chosen`, {
      hint: "Choose with --geoid 48113, --table tx_travis or --state TX; --all takes every county, and --dry-run shows them.",
    });
  }
  return selection;
}
