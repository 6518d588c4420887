/**
 * `npm run demo`: three counties and verse, from a real PostgreSQL to checked Parquet files, a published run and its report, on a
 * machine with nothing but Node.js and npm. With --dsn or LINODE_DSN it reads that database instead, and writes nothing to it.
 */
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { BronzeError } from "../../src/model/errors.ts";
import { buildCommand, COMPILED_CLI, needsBuild } from "../command-line.ts";
import { type DemoSource, givenSource, ownSource } from "./source.ts";
import { bold, type Story, tellStory } from "./story.ts";
import { takeTour } from "./tour.ts";

const USAGE = `npm run demo -- [options]

  --dsn DSN     Extract from this database instead of starting one; nothing is written to it. Default: LINODE_DSN when set.
  --out PLACE   A folder, or a sink such as s3://bucket/prefix. Default: .demo/bronze, emptied first. The report is .demo/run.html.
  --lots N      Lots in the towns of each county; ranches come on top. Default: 20000.
  --seed TEXT   Another seed gives other parcels. Default: demo.
  --keep        Leave the server running until Ctrl-C, to try the commands yourself.
  --help        This text.`;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DEFAULT_OUT = join(ROOT, ".demo", "bronze");
const REPORT = join(ROOT, ".demo", "run.html");

interface Options {
  readonly dsn: string | undefined;
  readonly sinkUrl: string;
  readonly isDefaultOut: boolean;
  readonly lots: number;
  readonly seed: string;
  readonly keep: boolean;
}

function readOptions(args: string[]): Options | "help" {
  const { values } = parseArgs({
    args,
    options: {
      dsn: { type: "string" },
      out: { type: "string" },
      lots: { type: "string", default: "20000" },
      seed: { type: "string", default: "demo" },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return "help";
  const lots = Number(values.lots);
  if (!Number.isSafeInteger(lots) || lots < 1) throw new Error(`--lots ${values.lots} is not a number of lots`);
  const out = values.out ?? DEFAULT_OUT;
  return {
    dsn: values.dsn ?? (process.env["LINODE_DSN"] || undefined),
    sinkUrl: out.includes("://") ? out : pathToFileURL(resolve(out)).href,
    isDefaultOut: values.out === undefined,
    lots,
    seed: values.seed,
    keep: values.keep,
  };
}

async function demo(options: Options, signal: AbortSignal): Promise<void> {
  const story = tellStory();
  console.log(bold("pg-bronze: three counties and verse, from PostgreSQL to Parquet"));
  if (needsBuild()) await story.step("Build", () => build(story, signal));
  const source =
    options.dsn === undefined ? await ownSource(story, { ...options, signal }) : await givenSource(story, options.dsn, signal);
  try {
    if (options.isDefaultOut) await rm(DEFAULT_OUT, { recursive: true, force: true });
    await takeTour(story, source, { cli: COMPILED_CLI, sinkUrl: options.sinkUrl, reportFile: REPORT, signal });
    if (options.keep && source.isOwn) await keepRunning(story, source, signal);
  } finally {
    await source.stop();
  }
}

async function keepRunning(story: Story, source: DemoSource, signal: AbortSignal): Promise<void> {
  story.say();
  story.say(`The server is at ${source.dsn} until you press Ctrl-C.`);
  await new Promise((resolve) => {
    const alive = setInterval(() => {}, 1 << 30);
    signal.addEventListener("abort", () => resolve(clearInterval(alive)), { once: true });
  });
}

async function build(story: Story, signal: AbortSignal): Promise<void> {
  await story.run({ shown: "npm run build", ...buildCommand(), signal });
}

const cancelled = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => cancelled.abort());

try {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") console.log(USAGE);
  else await demo(options, cancelled.signal);
} catch (error) {
  console.error(`\n${cancelled.signal.aborted ? "Stopped: nothing is left running." : explain(error)}`);
  process.exitCode = 1;
}

function explain(error: unknown): string {
  const lines = [`The demo failed: ${error instanceof Error ? error.message : String(error)}`];
  if (error instanceof BronzeError && error.hint !== undefined) lines.push(error.hint);
  return lines.join("\n");
}
