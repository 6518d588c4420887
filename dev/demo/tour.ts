import { mkdir } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { showProofs } from "./proofs.ts";
import type { DemoSource } from "./source.ts";
import { bold, type Story } from "./story.ts";

export interface TourOptions {
  /** The compiled command line. */
  readonly cli: string;
  readonly sinkUrl: string;
  /** Where the report page is written. */
  readonly reportFile: string;
  readonly signal: AbortSignal;
}

/** What a person does with pg-bronze, command by command: one county, then a planned run of all, its proofs, its status and its report. */
export async function takeTour(story: Story, source: DemoSource, options: TourOptions): Promise<void> {
  const { sinkUrl, reportFile } = options;
  const started = new Date();
  const run = runName(started);
  const report = relative(process.cwd(), reportFile);
  const [first] = source.geoids;
  const counties = ["--object", "parcel", "--geoid", source.geoids.join(",")];
  const pgBronze = commandLine(story, source, options);

  await story.step("Extract one county", async () => {
    if (source.isOwn) story.say(`${bold("$")} export LINODE_DSN=${source.dsn}`);
    story.say(`${bold("$")} export SINK=${sinkUrl}`);
    await pgBronze("extract", "--object", "parcel", "--geoid", first!);
  });
  await story.step("Fan out: a planned run, some counties at once, published when all have landed", async () => {
    await pgBronze("plan", ...counties, "--run", run);
    await pgBronze("submit-local", ...counties, "--run", run);
    await pgBronze("submit-local", "--object", "verse", "--run", run);
  });
  await story.step("Validate: read every file back and compare it with its manifest", async () => {
    await pgBronze("validate", "--object", "parcel", "--run", run);
    await pgBronze("validate", "--object", "verse", "--run", run);
  });
  await story.step("What landed", () => showProofs(story, { sinkUrl, run, started, isOwnSource: source.isOwn }));
  await story.step("Status and report", async () => {
    await pgBronze("status", run, "--object", "parcel");
    await mkdir(dirname(reportFile), { recursive: true });
    await pgBronze("report", run, "--object", "parcel", "--out", report);
  });
  sayHowToLook(story, options);
}

/** Begins with the day, as the names that pg-bronze makes do, so that runs sort by snapshot; no two demos share one. */
function runName(now: Date): string {
  const [day, time] = now.toISOString().split("T") as [string, string];
  return `${day}-demo-${time.slice(0, 8).replaceAll(":", "")}`;
}

function commandLine(story: Story, source: DemoSource, { cli, sinkUrl, signal }: TourOptions) {
  return (...args: string[]): Promise<void> =>
    story.run({
      shown: ["npx pg-bronze", ...args].join(" "),
      program: process.execPath,
      args: [cli, ...args],
      env: { ...process.env, LINODE_DSN: source.dsn, SINK: sinkUrl },
      signal,
    });
}

function sayHowToLook(story: Story, { sinkUrl, reportFile }: TourOptions): void {
  story.say();
  story.say(`The run as a page:  ${bold(pathToFileURL(reportFile).href)}`);
  story.say(`What landed:        ${bold(sinkUrl)}`);
  if (!sinkUrl.startsWith("file:")) return;
  const folder = relative(process.cwd(), fileURLToPath(sinkUrl)) || ".";
  const from = `'${folder}/*/dataset=parcel/**/*.parquet'`;
  story.say("Ask DuckDB about it:");
  story.say(
    `${bold("$")} node --import tsx dev/demo/query.ts "SELECT geoid, count(*) AS parcels, median(parval) AS median_value FROM ${from} GROUP BY geoid"`,
  );
}
