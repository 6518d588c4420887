import { appendFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { text as readStream } from "node:stream/consumers";
import type { ObjectConfig } from "../../../config/object-config.ts";
import { BronzeError } from "../../../model/errors.ts";
import { sinkOptions } from "../../../run/sink-options.ts";
import { openSink } from "../../../sink/open.ts";
import type { FileReport } from "../../../validate/report.ts";
import { validate } from "../../../validate/validate.ts";
import type { CommandAction, CommandInput } from "../../command.ts";
import { configuredObject } from "../../configured-object.ts";
import { sinkUrl } from "../../extract-request.ts";
import { failedChecks, fileLine, reportText } from "./render.ts";

export const validateAction: CommandAction = async (input) => {
  const { flags, talk, signal } = input;
  const targets = await targetsOf(input);
  const config = await configOf(input, targets);
  const record = await openResults(flags.results);
  const report = await validate(targets, {
    openSink: (url) => openSink(url, config === null ? {} : sinkOptions(config.sink)),
    sink: config === null ? flags.sink : sinkUrl(config, flags.sink),
    object: targets.length === 0 ? config?.object : undefined,
    run: flags.run,
    extractDate: flags.extractDate,
    parallel: flags.parallel,
    stopOnError: flags.stopOnError,
    unique: flags.unique,
    hashkeys: hashkeysOf(config),
    signal,
    onFile: (file, done, total) => {
      record(file);
      talk.say(file.verdict === "pass" ? "info" : "error", `file_${file.verdict}`, fileLine(file), {
        file: file.file,
        rows: file.rows,
        bytes: file.bytes,
        duration_ms: file.duration_ms,
        failed_checks: failedChecks(file).join("; ") || undefined,
      });
      talk.status(`${done} of ${total} files`);
    },
  });
  return {
    exitCode: report.summary.failed + report.summary.not_validated > 0 ? 1 : 0,
    document: report,
    text: () => reportText(report),
  };
};

/** The object's config where one is named, or where there is nothing else to go by. */
async function configOf({ flags, env }: CommandInput, targets: readonly string[]): Promise<ObjectConfig | null> {
  if (flags.object === undefined && flags.config === undefined) {
    if (targets.length > 0) return null;
    throw new BronzeError("USAGE", "Nothing was named to validate", {
      hint: "Name files, folders or s3:// addresses, or --object with its --sink.",
    });
  }
  return (await configuredObject(flags, env)).config;
}

function hashkeysOf(config: ObjectConfig | null) {
  if (config?.hashkeys === undefined) return undefined;
  const { source, record, separator } = config.hashkeys;
  return { source, separator, ...(record === undefined ? {} : { record }) };
}

async function targetsOf({ args, flags }: CommandInput): Promise<string[]> {
  const named = await Promise.all(args.map((arg) => (arg === "-" ? targetsIn("-") : [arg])));
  return [...named.flat(), ...(flags.filesFrom === undefined ? [] : await targetsIn(flags.filesFrom))];
}

/** Begins the file of results; the function adds a line to it. */
async function openResults(path: string | undefined): Promise<(file: FileReport) => void> {
  if (path === undefined) return () => {};
  try {
    await writeFile(path, "");
  } catch (cause) {
    throw new BronzeError("USAGE", `--results: ${(cause as Error).message}`, { cause });
  }
  return (file) => appendFileSync(path, `${file.verdict.toUpperCase()}|${file.file}\n`);
}

async function targetsIn(file: string): Promise<string[]> {
  try {
    const text = file === "-" ? await readStream(process.stdin) : await readFile(file, "utf8");
    return text
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"));
  } catch (cause) {
    throw new BronzeError("USAGE", `The list of targets can't be read: ${(cause as Error).message}`, { cause });
  }
}
