import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { type Outcome, outcomeOf, start } from "../support/command-line.ts";
import { type Folder, temporaryFolder } from "../support/extract.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { onOperation } from "../support/s3-server/index.ts";
import { closeGate, GATE } from "./gate.ts";
import { besidesLedger, filesBelow, openS3Place, type S3Place } from "./places.ts";

/** Rows of 450 bytes, which come slowly: 14 MB in some two seconds, so that there are parts on their way for most of the time. */
const SLOWLY = `CREATE FUNCTION slowly(i int) RETURNS int LANGUAGE plpgsql AS $$
  BEGIN IF i % 100 = 0 THEN PERFORM pg_sleep(0.005); END IF; RETURN i; END $$`;
const config = (query: string): string => `object: things
extract_pattern: single_table
source_system: test
dataset: things
source:
  query: ${query}
parquet: { compression: none, row_group_bytes: 2097152 }
sink:
  url: file:///nowhere
  part_bytes: 5242880
  key: "{object}_{extract_date}.parquet"
`;
const ROWS = "repeat(md5(i::text), 14) AS t FROM generate_series(1, 32000) i";

let database: TestDatabase;
let folder: Folder;
let s3: S3Place;
before(async () => {
  folder = await temporaryFolder();
  database = await testDatabase();
  await database.query(`${SLOWLY}; ${GATE}`);
  await writeFile(join(folder.path, "slow.yaml"), config(`SELECT slowly(i) AS id, ${ROWS}`));
  await writeFile(join(folder.path, "gated.yaml"), config(`SELECT wait_at(i, 28000) AS id, ${ROWS}`));
  await writeFile(join(folder.path, "fast.yaml"), config(`SELECT i AS id, ${ROWS}`));
  s3 = await openS3Place();
});
after(async () => {
  await s3.close();
  await database.drop();
  await folder.remove();
});
beforeEach(() => s3.clear());

interface Target {
  readonly name: string;
  url(): string;
  contents(): Promise<string[]>;
}
const TARGETS: readonly Target[] = [
  { name: "a folder", url: () => `${folder.url}/sink`, contents: () => filesBelow(join(folder.path, "sink")) },
  { name: "S3", url: () => s3.url, contents: async () => s3.contents() },
];

function launch(file: string, target: Target) {
  const child = start(["--config", file, "--sink", target.url(), "--extract-date", "2026-11-30", "--log-format", "text"], {
    cwd: folder.path,
    env: { LINODE_DSN: database.dsn, ...s3.env },
  });
  return { child, outcome: outcomeOf(child) };
}

/** No object in the sink, and no session at the server: the last ones end within moments of the process. */
async function nothingIsLeft(target: Target): Promise<void> {
  assert.deepEqual(besidesLedger(await target.contents()), []);
  const deadline = Date.now() + 5_000;
  for (;;) {
    const rows = await database.query(
      "SELECT query, state FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'pg-bronze/%'",
    );
    if (rows.length === 0) return;
    assert.ok(Date.now() < deadline, `still at the server: ${JSON.stringify(rows)}`);
  }
}

async function stoppedCleanly({ code, stdout, stderr }: Outcome, target: Target): Promise<void> {
  assert.equal(code, 130, stderr);
  assert.equal(stdout, "");
  assert.equal(stderr.match(/^error: /gm)?.length, 1, stderr);
  assert.doesNotMatch(stderr, /\n {4}at |^bug/m);
  await nothingIsLeft(target);
}

describe("Ctrl-C", () => {
  for (const target of TARGETS) {
    it(`in the middle of a table on its way to ${target.name} ends with 130, one message, and leaves nothing`, async (t) => {
      const gate = await closeGate(database, t);
      const { child, outcome } = launch("gated.yaml", target);
      await Promise.race([gate.waiting(), outcome.then(({ stderr }) => assert.fail(stderr))]);
      while (besidesLedger(await target.contents()).length === 0) await nextTurn();
      child.kill("SIGINT");
      await stoppedCleanly(await outcome, target);
    });

    it(`at any moment leaves nothing in ${target.name}, or all of it`, async (t) => {
      // From before the process is ready for signals to after its end.
      for (const stratum of [0.1, 0.7, 1.1, 1.5, 2, 2.5, 3, 3.5, 4.5]) {
        const ms = Math.round((stratum + Math.random() * 0.4) * 1000);
        const { child, outcome } = launch("slow.yaml", target);
        await delay(ms);
        child.kill("SIGINT");
        const { code, stdout, stderr } = await outcome;
        t.diagnostic(`SIGINT after ${ms} ms: ${code ?? child.signalCode}`);
        // Landed; or killed by a signal so late that Node had taken the handlers down already.
        if (code === 0 || (child.signalCode !== null && stdout !== "")) {
          assert.match(stdout, /^landed /m);
          const found = await target.contents();
          assert.deepEqual(besidesLedger(found), ["things_2026-11-30.parquet"]);
          assert.equal(found.filter((name) => name.endsWith("/landed/things.json")).length, 1);
          break;
        }
        if (child.signalCode === null) await stoppedCleanly({ code, stdout, stderr }, target);
        else await nothingIsLeft(target);
      }
    });
  }

  for (const operation of ["CreateMultipartUpload", "UploadPart"]) {
    it(`while S3 keeps ${operation} waiting ends with 130, and leaves nothing`, async () => {
      s3.server.faults.add({ fault: { kind: "hang" }, when: onOperation(operation) });
      const { child, outcome } = launch("fast.yaml", TARGETS[1]!);
      while (!s3.server.requests.some((request) => request.operation === operation)) await nextTurn();
      child.kill("SIGINT");
      await stoppedCleanly(await outcome, TARGETS[1]!);
    });
  }

  it("while S3 publishes the object lets it land, since nobody could tell what a publication cut short has left", async () => {
    const isPublication = onOperation("CompleteMultipartUpload");
    s3.server.faults.add({ fault: { kind: "slow", delayMs: 1_000 }, when: isPublication });
    const { child, outcome } = launch("fast.yaml", TARGETS[1]!);
    while (!s3.server.requests.some(isPublication)) await nextTurn();
    child.kill("SIGINT");
    const { code, stdout, stderr } = await outcome;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^landed /m);
    assert.deepEqual(besidesLedger(await TARGETS[1]!.contents()), ["things_2026-11-30.parquet"]);
  });
});
