import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type BatchVerse, makeBatchVerse } from "../support/batch-verse.ts";
import { type LogsServer, startLogsServer } from "../support/logs-server.ts";

const GROUP = "/pg-bronze/parcel";
const FAILED = { exitCode: 1, statusReason: "Essential container in task exited" };

interface Report {
  readonly log_lines: readonly { attempt: number; at: string; message: string }[] | null;
  readonly engine: { lines: { group: string; streams: string[]; command: string } };
}

let verse: BatchVerse;
let server: LogsServer;
let run: string;
before(async () => {
  server = await startLogsServer();
  verse = await makeBatchVerse(() => ({ end: FAILED }));
  const submitted = await verse.command("submit-aws", ["--state", "MI", "--extract-date", "2026-11-30", "--json"]);
  assert.equal(submitted.code, 0, submitted.stderr);
  run = (JSON.parse(submitted.stdout) as { run: string }).run;
  await verse.batch.engine.idle();
  const { engine } = (await logs([run, "26003", "--tail", "0"])).document;
  const streams = new Map(engine.lines.streams.map((name, i) => [name, lines(i + 1)]));
  server.groups.set(GROUP, streams);
});
after(async () => {
  await verse.close();
  await server.close();
});

/** Eight lines of an attempt: more than two pages. */
const lines = (attempt: number): string[] => Array.from({ length: 8 }, (_, i) => `{"attempt":${attempt},"line":${i + 1}}`);

async function logs(args: readonly string[]): Promise<{ document: Report; stderr: string }> {
  const { code, stdout, stderr } = await verse.command("pg-bronze", ["logs", ...args, "--json"], server.env);
  assert.equal(code, 0, stderr);
  return { document: JSON.parse(stdout) as Report, stderr };
}

describe("logs of a shard that ran on AWS Batch", () => {
  it("reads every line of every attempt, over empty pages to the end", async () => {
    server.requests.length = 0;
    const { document } = await logs([run, "26003"]);
    const { streams } = document.engine.lines;
    assert.ok(streams.length >= 2, `${streams.length} attempts`);
    assert.deepEqual(
      document.log_lines?.map(({ attempt, message }) => [attempt, message]),
      streams.flatMap((_, i) => lines(i + 1).map((line) => [i + 1, line])),
    );
    assert.ok(server.requests.every(({ logGroupName, startFromHead }) => logGroupName === GROUP && startFromHead === true));
    assert.deepEqual([...new Set(server.requests.map(({ logStreamName }) => logStreamName))], streams);
  });

  it("reads the last lines alone, backwards over attempts", async () => {
    const { document } = await logs([`${run}/26003`, "--tail", "10"]);
    const attempts = document.engine.lines.streams.length;
    assert.deepEqual(
      document.log_lines?.map(({ message }) => message),
      [...lines(attempts - 1).slice(-2), ...lines(attempts)],
    );
    const all = await logs([run, "26003", "--tail", "1000"]);
    assert.equal(all.document.log_lines?.length, attempts * 8);
  });

  it("prints them for people below what is known of the shard", async () => {
    const { code, stdout } = await verse.command("pg-bronze", ["logs", run, "26003"], server.env);
    assert.equal(code, 0);
    assert.match(stdout, /^AWS Batch +FAILED: /m);
    assert.match(stdout, /^attempt 1, from 2026-\S+:\n\{"attempt":1,"line":1\}\n/m);
    assert.ok(!stdout.includes("aws logs"));
  });

  it("says why they can't be read, and where they are", async () => {
    server.deny = true;
    const denied = await logs([run, "26003"]);
    server.deny = false;
    assert.equal(denied.document.log_lines, null);
    assert.match(denied.stderr, /not authorized to perform: logs:GetLogEvents/);
    assert.match(denied.document.engine.lines.command, /^aws logs filter-log-events .*--log-group-name \/pg-bronze\/parcel /);
    server.groups.clear();
    const { stdout, stderr } = await verse.command("pg-bronze", ["logs", run, "26003", "--log-format", "text"], server.env);
    assert.match(stderr, /does not exist\.\n {2}hint: A log is written a little after its job begins/);
    assert.match(stdout, /^its lines +aws logs filter-log-events/m);
  });

  it("asks for a run and a shard where one is missing", async () => {
    for (const args of [
      ["logs", run],
      ["logs", `${run}/`],
      ["logs", `${run}/26003/x`],
    ]) {
      const { code, stderr } = await verse.command("pg-bronze", args, server.env);
      assert.equal(code, 2);
      assert.match(stderr, /Name a run and a shard/);
    }
  });
});
