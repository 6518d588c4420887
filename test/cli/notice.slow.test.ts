import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { type BatchVerse, makeBatchVerse } from "../support/batch-verse.ts";
import { type SnsServer, startSnsServer } from "../support/sns-server.ts";

const DAY = ["--extract-date", "2026-11-30"];
const WAIT = ["--wait", "--json"];

interface Line {
  readonly event: string;
  readonly [fact: string]: unknown;
}
const linesOf = (stderr: string): Line[] =>
  stderr
    .trim()
    .split("\n")
    .flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Line] : []));

/** Runs a shell's words, as somebody would who pastes a line of the message. */
const wordsOf = (line: string): string[] =>
  execFileSync("sh", ["-c", `for word in ${line}; do printf '%s\\n' "$word"; done`], { encoding: "utf8" })
    .trim()
    .split("\n");

let verse: BatchVerse;
let sns: SnsServer;
let broken: string[] = [];
before(async () => {
  sns = await startSnsServer();
  verse = await makeBatchVerse();
});
after(async () => {
  await verse.close();
  await sns.close();
});

/** A dispatcher as its schedule starts it. */
const dispatch = (args: readonly string[], more: Record<string, string> = {}) =>
  verse.command("submit-aws", [...DAY, ...WAIT, ...args], {
    ...sns.env,
    AWS_BATCH_JOB_ID: "dispatcher",
    LOG_FORMAT: "json",
    ...more,
  });

async function breakTables(...tables: string[]): Promise<void> {
  for (const table of tables) await verse.database.query(`ALTER TABLE ${table} RENAME TO away_${table}`);
  broken = tables;
}
async function mendTables(): Promise<void> {
  for (const table of broken) await verse.database.query(`ALTER TABLE away_${table} RENAME TO ${table}`);
  broken = [];
}

describe("a dispatcher with a topic", () => {
  it("sends one message for a run that isn't whole, though two follow it to its end, and exits 2: nothing more happens by itself", async () => {
    await breakTables("mi_3", "mi_7");
    const both = await Promise.all([dispatch(["--state", "MI"]), dispatch(["--state", "MI"])]);
    assert.deepEqual(
      both.map(({ code }) => code),
      [2, 2],
      both[0].stderr,
    );
    assert.equal(sns.messages.length, 1);
    const [message] = sns.messages;
    assert.match(message!.subject, /^pg-bronze parcel: run 2026-11-30-[0-9a-f]{10} lacks 2 of 5 counties$/);
    assert.deepEqual(message!.attributes, { object: "parcel", outcome: "incomplete" });
    assert.match(message!.text, /3 landed, 2 failed: \d+ rows/);
    assert.match(message!.text, /^ {2}26003 {2}TABLE_MISSING: /m);
    assert.match(message!.text, /^ {2}26007 {2}TABLE_MISSING: /m);
    assert.match(message!.text, /^not published: 2 of 5 shards are absent$/m);
    assert.deepEqual(
      both.flatMap(({ stderr }) => linesOf(stderr).flatMap(({ event }) => (event.startsWith("notice_") ? [event] : []))).sort(),
      ["notice_known", "notice_sent"],
    );

    // Said again, by Batch or by somebody: nobody is told twice.
    const again = await dispatch(["--state", "MI"]);
    assert.equal(again.code, 2, again.stderr);
    assert.equal(sns.messages.length, 1);
  });

  it("says in its message what to type, word for word", async () => {
    const [message] = sns.messages;
    const typed = message!.text.split("\n").filter((line) => line.startsWith("  pg-bronze "));
    const commands = typed.map(wordsOf);
    assert.deepEqual(
      commands.map(([, name]) => name),
      ["status", "logs", "retry"],
    );
    const [status, logs, retry] = commands.map(([, ...args]) => args) as [string[], string[], string[]];
    assert.match((await verse.command("pg-bronze", status)).stdout, /failed +26003/);
    assert.match((await verse.command("pg-bronze", logs)).stdout, /^status +failed/m);
    await mendTables();
    const { code, stderr } = await verse.command("pg-bronze", retry);
    assert.equal(code, 0, stderr);
  });

  it("sends a message for a whole run too, with the figures of its log line", async () => {
    const before = sns.messages.length;
    const { code, stderr } = await dispatch(["--state", "OH", "--sink", "s3://bronze/elsewhere"]);
    assert.equal(code, 0, stderr);
    assert.equal(sns.messages.length, before + 1);
    const message = sns.messages.at(-1)!;
    assert.match(message.subject, /^pg-bronze parcel: run 2026-11-30-[0-9a-f]{10} is whole and published$/);
    assert.deepEqual(message.attributes, { object: "parcel", outcome: "whole" });
    assert.ok(!message.text.includes("What to type"));
    const ended = linesOf(stderr).find(({ event }) => event === "run_finished")!;
    assert.deepEqual([ended["object"], ended["incomplete"]], ["parcel", 0]);
    const { Metrics, Dimensions, Namespace } = (
      ended["_aws"] as {
        CloudWatchMetrics: { Metrics: { Name: string; Unit: string }[]; Dimensions: string[][]; Namespace: string }[];
      }
    ).CloudWatchMetrics[0]!;
    assert.deepEqual([Namespace, Dimensions], ["pg-bronze", [["object"]]]);
    assert.deepEqual(Metrics.map(({ Name, Unit }) => `${Name} ${Unit}`).sort(), [
      "incomplete Count",
      "published Count",
      "snapshot_age_seconds Seconds",
    ]);
    assert.ok(Metrics.every(({ Name }) => typeof ended[Name] === "number"));
    assert.ok(linesOf(stderr).some((line) => typeof line["stalled_seconds"] === "number" && "_aws" in line));
  });

  it("exits 1 where nobody could be told, so that it is started again and tells then", async () => {
    const before = sns.messages.length;
    sns.refuse = true;
    const refused = await dispatch(["--state", "IN"]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /NOTICE_FAILED.*not authorized/);
    sns.refuse = false;
    const { code } = await dispatch(["--state", "IN"]);
    assert.equal(code, 0);
    assert.equal(sns.messages.length, before + 1);
    // The run of Michigan was published: one of Indiana alone must not take its place.
    const message = sns.messages.at(-1)!;
    assert.equal(message.attributes["outcome"], "unpublished");
    assert.match(message.text, /^not published: it holds a choice of shards/m);
    assert.match(message.text, /^ {2}pg-bronze publish 2026-11-30-[0-9a-f]{10} --object parcel --sink s3:\/\/bronze$/m);
  });

  it("tells of a set-up that can't begin a run, and leaves what passes to be tried again", async () => {
    const before = sns.messages.length;
    const { code } = await dispatch(["--state", "TX"], { LINODE_DSN: "" });
    assert.equal(code, 2);
    const message = sns.messages.at(-1)!;
    assert.deepEqual([sns.messages.length, message.attributes["outcome"]], [before + 1, "not_begun"]);
    assert.match(message.text, /^DSN_MISSING: /m);
    const unknown = await dispatch(["--state", "TX", "--object", "nothing"]);
    assert.equal(unknown.code, 2);
    assert.equal(sns.messages.at(-1)?.attributes["object"], "nothing");

    const url = new URL(verse.env["LINODE_DSN"]!);
    url.port = "1";
    const down = await dispatch(["--state", "TX"], { LINODE_DSN: url.href });
    assert.equal(down.code, 1, down.stderr);
    assert.equal(sns.messages.length, before + 2);
  });

  it("tells nobody and exits as ever where no topic is named", async () => {
    const before = sns.messages.length;
    await breakTables("wi_1");
    const { code } = await verse.command("submit-aws", [...DAY, ...WAIT, "--state", "WI"]);
    assert.equal(code, 1);
    assert.equal(sns.messages.length, before);
  });
});
