import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { CommandInput } from "../../src/cli/command.ts";
import { cancelAction } from "../../src/cli/commands/cancel/action.ts";
import { doctorAction } from "../../src/cli/commands/doctor/action.ts";
import { logsAction } from "../../src/cli/commands/logs/action.ts";
import { retryAction } from "../../src/cli/commands/retry/action.ts";
import { statusAction } from "../../src/cli/commands/status/action.ts";
import type { FlagValues } from "../../src/cli/flags/flags.ts";
import { readSubmissions } from "../../src/ledger/submissions.ts";
import { parseRunId, type ShardId } from "../../src/model/ids.ts";
import { jobEnvironment, type Submitter } from "../../src/run/submitter.ts";
import { openSink } from "../../src/sink/open.ts";
import type { SubmitterSpec } from "../../src/submit/contract.ts";
import { SUBMITTERS } from "../../src/submit/index.ts";
import { outcomeOf } from "../support/command-line.ts";
import { makeVerse, type Verse } from "../support/verse.ts";

/** A submitter that nobody but this row knows: a process for each job, which goes on when the command has ended. */
function processesOf(verse: Verse): SubmitterSpec & { readonly jobs: Map<string, ChildProcess> } {
  const jobs = new Map<string, ChildProcess>();
  const isRunning = (id: string): boolean => jobs.get(id)?.exitCode === null && jobs.get(id)?.signalCode === null;
  const submitter: Submitter = {
    name: "processes",
    outlives: true,
    connect: async () => "beside this one",
    checks: () => [{ name: "room", run: async () => "there is room for more processes" }],
    inputs: () => [],
    submit: async ({ plan, submission, made }) => {
      for (const { size_class, jobs: shards } of submission.groups) {
        for (const [first_job, members] of shards.entries()) {
          const id = `${submission.number}-${members.join("-")}`;
          const env = { ...jobEnvironment(plan, submission, size_class), SHARD: members.join(",") };
          const child = verse.start(plan.sink, ["extract"], env);
          void outcomeOf(child);
          jobs.set(id, child);
          made({ size_class, name: `process-${id}`, id, first_job });
        }
      }
    },
    progress: async (submissions) => {
      const ids = submissions.flatMap(({ handles }) => handles.map(({ id }) => id));
      const running = ids.filter(isRunning).length;
      return { waiting: 0, running, succeeded: ids.length - running, failed: 0, forgotten: 0 };
    },
    cancel: async (_plan, submissions) => {
      for (const { handles } of submissions) for (const { id } of handles) jobs.get(id)?.kill("SIGTERM");
    },
    explain: async (submissions, shards) => {
      const states = submissions.flatMap(({ handles }) =>
        handles.map(({ id }) => [id.split("-")[1] as ShardId, isRunning(id) ? "ALIVE" : "DEAD"] as const),
      );
      const known = states.filter(([shard]) => shards.includes(shard));
      return new Map(known.map(([shard, state]) => [shard, { state, reason: "says the toy", log: null, lines: null }]));
    },
    close: () => {},
  };
  return {
    name: "processes",
    title: "Processes",
    help: "processes starts a process for each job",
    outlives: true,
    needs: [],
    indexVariable: null,
    jobVariable: null,
    load: async () => ({ open: () => submitter }),
    jobs,
  };
}

describe("a submitter that is one more row of the table", () => {
  let verse: Verse;
  let sink: string;
  let run: string;
  let restore: () => Promise<unknown>;
  let toy: ReturnType<typeof processesOf>;
  before(async () => {
    verse = await makeVerse();
    sink = await verse.sink();
    toy = processesOf(verse);
    const { stdout } = await verse.command(sink, ["plan", "--state", "MI", "--extract-date", "2026-11-30", "--json"]);
    run = (JSON.parse(stdout) as { plan: { run: string } }).plan.run;
  });
  after(() => verse.drop());

  function input(flags: Partial<FlagValues> = {}, args: readonly string[] = [run]): CommandInput {
    const config = join(verse.folder, "config/parcel.yaml");
    return {
      flags: { config, sink, ...flags } as FlagValues,
      typed: new Set(),
      args,
      env: { LINODE_DSN: verse.database.dsn, USER: "me" },
      submitters: [...SUBMITTERS, toy],
      talk: { format: "json", spoken: false, say: () => {}, status: () => {}, close: () => {} },
      printPart: () => {},
      signal: new AbortController().signal,
    };
  }
  const submissions = async () => readSubmissions(await openSink(sink), "parcel", parseRunId(run));

  it("takes a run by retry --engine, and is named in the ledger", async () => {
    restore = await verse.stall("26003");
    const { exitCode, document, text } = await retryAction(input({ engine: "processes" }));
    assert.equal(exitCode, 0);
    assert.deepEqual([(document as { start: string }).start, toy.jobs.size], ["submitted", 5]);
    assert.match(await text(), /process-1-26001/);
    assert.deepEqual(
      (await submissions()).map(({ engine, handles }) => [engine, handles.length]),
      [["processes", 5]],
    );
    await verse.stalled(toy.jobs.get("1-26003")!);
    assert.equal(((await retryAction(input())).document as { start: string }).start, "running");
  });

  it("is asked by status and logs what it knows of shards", async () => {
    const { document, text } = await statusAction(input());
    const { shards } = document as { shards: { shard: string; engine: { by: string; state: string } | null }[] };
    const { engine } = shards.find(({ shard }) => shard === "26003")!;
    assert.deepEqual([engine?.by, engine?.state], ["Processes", "ALIVE"]);
    assert.match(await text(), /^running +26003 .*\(Processes: ALIVE, says the toy\)$/m);
    assert.match(await (await logsAction(input({}, [run, "26003"]))).text(), /^Processes +ALIVE: says the toy$/m);
  });

  it("ends its jobs when the run is cancelled", async () => {
    const running = [...toy.jobs.values()].filter(({ exitCode }) => exitCode === null);
    const closed = Promise.all(running.map((child) => new Promise((resolve) => child.once("exit", resolve))));
    assert.equal((await cancelAction(input())).exitCode, 0);
    // A job that has not ended yet is one that retry follows.
    await closed;
    assert.equal(toy.jobs.get("1-26003")!.exitCode, 143);
    await restore();
  });

  it("is where retry goes on, and is followed to the end with --wait", async () => {
    const { exitCode, document } = await retryAction(input({ wait: true }));
    assert.equal(exitCode, 0);
    const { summary, publication } = document as { summary: { landed: number }; publication: { published: boolean } };
    assert.deepEqual([summary.landed, publication.published], [5, true]);
    assert.deepEqual(
      (await submissions()).map(({ engine }) => engine),
      ["processes", "processes"],
    );
  });

  it("leaves a run that others submitted readable for a pg-bronze without that row, which says so", async () => {
    const said: string[] = [];
    const old: CommandInput = { ...input(), submitters: SUBMITTERS };
    const talk = { ...old.talk, say: (_level: string, _event: string, text: string) => said.push(text) };
    const { exitCode } = await statusAction({ ...old, talk });
    assert.equal(exitCode, 0);
    await assert.rejects(retryAction(old), { code: "USAGE", message: 'There is no submitter "processes"' });
  });

  it("is one of the things that doctor checks, where its jobs can reach the sink", async () => {
    const { document } = await doctorAction(input());
    const { checks } = document as { checks: { check: string; outcome: string; says: string }[] };
    assert.deepEqual(
      checks.find(({ check }) => check === "Processes"),
      {
        check: "Processes",
        outcome: "skipped",
        says: "its jobs can't land in this sink",
        hint: null,
      },
    );
  });
});
