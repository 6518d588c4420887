/**
 * `npm run demo`: three counties and verse, from a real PostgreSQL to checked Parquet files, on a machine with nothing but Node.js and
 * npm. With --dsn or LINODE_DSN it reads that database instead, and writes nothing to it.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { BronzeError } from "../../src/model/errors.ts";
import { landedSince } from "./landed.ts";
import { type DemoSource, givenSource, ownSource } from "./source.ts";
import { bold, count, dim, megabytes, type Story, seconds, tellStory } from "./story.ts";

const USAGE = `npm run demo -- [options]

  --dsn DSN     Extract from this database instead of starting one; nothing is written to it. Default: LINODE_DSN when set.
  --out PLACE   A folder, or a sink such as s3://bucket/prefix. Default: .demo/bronze, emptied first.
  --lots N      Lots in the towns of each county; ranches come on top. Default: 20000.
  --seed TEXT   Another seed gives other parcels. Default: demo.
  --keep        Leave the server running until Ctrl-C, to try the commands yourself.
  --help        This text.`;

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CLI = join(ROOT, "dist", "cli", "bin", "pg-bronze.js");
const DEFAULT_OUT = join(ROOT, ".demo", "bronze");

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
    await extractAndCheck(story, source, options, signal);
    if (options.keep && source.isOwn) await keepRunning(story, source, signal);
  } finally {
    await source.stop();
  }
}

async function extractAndCheck(story: Story, source: DemoSource, options: Options, signal: AbortSignal): Promise<void> {
  if (options.isDefaultOut) await rm(DEFAULT_OUT, { recursive: true, force: true });
  const started = new Date();
  const sink = ["--sink", options.sinkUrl];
  const pgBronze = (...args: string[]) =>
    story.run({
      shown: ["node", relative(process.cwd(), CLI), ...args].join(" "),
      program: process.execPath,
      args: [CLI, ...args],
      env: { ...process.env, LINODE_DSN: source.dsn },
      signal,
    });

  await story.step("Extract", async () => {
    if (source.isOwn) story.say(`${bold("$")} export LINODE_DSN=${source.dsn}`);
    await pgBronze("extract", "--object", "parcel", "--geoid", source.geoids.join(","), ...sink);
    await pgBronze("extract", "--object", "verse", ...sink);
  });
  await story.step("Validate: read every file back and compare it with its manifest", async () => {
    await pgBronze("validate", "--object", "parcel", ...sink);
    await pgBronze("validate", "--object", "verse", ...sink);
  });
  await story.step("What landed", () => showLanded(story, options.sinkUrl, started));
}

async function showLanded(story: Story, sinkUrl: string, started: Date): Promise<void> {
  const manifests = await landedSince(sinkUrl, started);
  if (manifests.length === 0) throw new Error(`no manifest in ${sinkUrl}`);
  story.say(`in ${sinkUrl}`);
  for (const { key, rows, bytes, columns, source, sha256, started_at, finished_at } of manifests) {
    const elapsedMs = Date.parse(finished_at) - Date.parse(started_at);
    story.say();
    story.say(bold(key));
    story.say(
      `${count(rows).padStart(8)} rows   ${count(columns.length).padStart(3)} columns   ${megabytes(bytes).padStart(8)}   ${seconds(elapsedMs)}`,
    );
    story.say(
      dim(
        `proof: PostgreSQL's ${source.transport.toUpperCase()} counted ${count(rows)} rows, and the file holds as many; sha256 ${sha256}`,
      ),
    );
  }
  const total = (of: "rows" | "bytes") => manifests.reduce((sum, manifest) => sum + manifest[of], 0);
  story.say();
  story.say(
    `${manifests.length} objects, ${count(total("rows"))} rows, ${megabytes(total("bytes"))}, each read back and equal to its manifest`,
  );
  if (sinkUrl.startsWith("file:")) sayHowToLook(story, relative(process.cwd(), fileURLToPath(sinkUrl)) || ".");
}

function sayHowToLook(story: Story, folder: string): void {
  const from = `'${folder}/*/dataset=parcel/**/*.parquet'`;
  story.say();
  story.say("Look at it with DuckDB:");
  story.say(
    `${bold("$")} node --import tsx dev/demo/query.ts "SELECT geoid, count(*) AS parcels, median(parval) AS median_value FROM ${from} GROUP BY geoid"`,
  );
}

async function keepRunning(story: Story, source: DemoSource, signal: AbortSignal): Promise<void> {
  story.say();
  story.say(`The server is at ${source.dsn} until you press Ctrl-C.`);
  await new Promise((resolve) => {
    const alive = setInterval(() => {}, 1 << 30);
    signal.addEventListener("abort", () => resolve(clearInterval(alive)), { once: true });
  });
}

/** True when the command line was never compiled, or sources are newer. */
function needsBuild(): boolean {
  if (!existsSync(CLI)) return true;
  const builtMs = statSync(CLI).mtimeMs;
  return readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).some(
    (file) => file.endsWith(".ts") && statSync(join(ROOT, "src", file)).mtimeMs > builtMs,
  );
}

async function build(story: Story, signal: AbortSignal): Promise<void> {
  const npm = process.env["npm_execpath"];
  const [program, args] =
    npm === undefined ? ["npm", ["run", "--silent", "build"]] : [process.execPath, [npm, "run", "--silent", "build"]];
  await story.run({ shown: "npm run build", program: program as string, args: args as string[], signal });
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
