import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type PostgresServer, startPostgres } from "../../dev/embedded-postgres.ts";
import { outcomeOf } from "../support/command-line.ts";
import { filesIn, GEOIDS, makeVerse, type Verse } from "../support/verse.ts";

let server: PostgresServer;
let verse: Verse;
before(async () => {
  server = await startPostgres();
  verse = await makeVerse({ server: server.dsn });
});
after(async () => {
  await verse.drop();
  await server.stop();
});

interface Line {
  readonly event: string;
  readonly shard?: string;
  readonly code?: string;
  readonly tries?: number;
}
interface Report {
  readonly exit_code: number;
  readonly summary: { landed: number; missing: number; failed: number };
  readonly shards: readonly {
    shard: string;
    status: string;
    attempts: number;
    error: { code: string; message: string } | null;
  }[];
}

/** Lands all counties, four at once, from a server that stops once the first has landed. `meanwhile` may start it again. */
async function landThroughOutage(
  sink: string,
  args: readonly string[],
  meanwhile: (start: () => Promise<void>) => Promise<void>,
) {
  const child = verse.start(sink, ["submit-local", "--all", "--jobs", "4", "--json", ...args]);
  const lines: Line[] = [];
  let outage: Promise<void> | null = null;
  createInterface({ input: child.stderr! }).on("line", (line) => {
    lines.push(JSON.parse(line) as Line);
    if (lines.at(-1)!.event === "shard_landed") outage ??= server.pause().then(meanwhile);
  });
  const { stdout } = await outcomeOf(child);
  await outage;
  assert.ok(stdout !== "", JSON.stringify(lines.at(-1)));
  return { report: JSON.parse(stdout) as Report, lines };
}

describe("a local run whose source goes away", () => {
  it("waits as a whole, asks with one probe, and lands every county without a try lost to the outage", async () => {
    const sink = await verse.sink();
    const { report, lines } = await landThroughOutage(sink, [], async (start) => {
      await delay(4_000);
      await start();
    });
    assert.equal(report.exit_code, 0, JSON.stringify(lines.filter(({ event }) => event === "shard_failed")));
    assert.equal(report.summary.landed, GEOIDS.length);

    const probes = lines.flatMap(({ event, tries }) => (event === "source_away" ? [tries] : []));
    // One after the other, with pauses of 1 s and more between: were there a probe for each county, there would be four at once.
    assert.deepEqual(
      probes,
      probes.map((_, i) => i + 1),
    );
    assert.ok(probes.length >= 2 && probes.length <= 5, `${probes.length} probes`);
    assert.equal(lines.filter(({ event }) => event === "source_back").length, 1);

    // A county that the stop met in the middle of its read has begun again once; the others were not even tried.
    const restarted = lines.filter(({ event }) => event === "restarted");
    assert.ok(restarted.every(({ code }) => code === "SOURCE_INTERRUPTED"));
    assert.deepEqual(
      report.shards.flatMap(({ shard, attempts }) => (attempts > 1 ? [[shard, attempts]] : [])),
      restarted.map(({ shard }) => [shard, 2]).sort(),
    );
  });

  it("begins nothing more once the source was away for --max-outage, says so, and goes on with retry", async () => {
    const sink = await verse.sink();
    let start = async (): Promise<void> => {};
    const { report, lines } = await landThroughOutage(sink, ["--max-outage", "1s"], async (again) => {
      start = again;
    });
    await start();
    assert.equal(report.exit_code, 1);
    const { landed, failed, missing } = report.summary;
    assert.ok(landed >= 1 && failed >= 1 && failed <= 4 && missing >= 1, JSON.stringify(report.summary));
    const errors = report.shards.flatMap(({ error }) => error ?? []);
    assert.deepEqual([...new Set(errors.map(({ code }) => code))], ["SOURCE_DOWN"]);
    assert.match(errors[0]!.message, /^The source was away for \d s, and asked \d times?: /);
    assert.ok(lines.some(({ event }) => event === "source_away"));

    const { code, stderr } = await verse.command(sink, ["retry"]);
    assert.equal(code, 0, stderr);
    const files = (await filesIn(sink)).filter((file) => file.endsWith(".parquet"));
    assert.equal(files.length, GEOIDS.length);
  });
});
