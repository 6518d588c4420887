import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, rename, rm } from "node:fs/promises";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Auditor } from "../../dev/chaos/audit.ts";
import { openPlace, type PlaceName } from "../../dev/chaos/places.ts";
import { OBJECTS, type RoundResult, runRounds } from "../../dev/chaos/rounds.ts";
import { makeSource } from "../../dev/chaos/source.ts";
import { buildCommand, needsBuild } from "../../dev/command-line.ts";
import { openSink } from "../../src/sink/open.ts";
import { extract, landed, objectConfig, temporaryFolder } from "../support/extract.ts";
import { testDatabase } from "../support/postgres.ts";

before(async () => {
  if (!needsBuild()) return;
  const { program, args } = buildCommand();
  await promisify(execFile)(program, args);
});

/** The seed is the same every time; `npm run chaos` draws new ones. */
async function rounds(name: PlaceName, count: number): Promise<RoundResult[]> {
  const database = await testDatabase();
  const source = await makeSource(database.dsn);
  const place = await openPlace(name, OBJECTS);
  const results: RoundResult[] = [];
  try {
    const ended = (result: RoundResult): void => void results.push(result);
    await runRounds({ place, source, seed: "test", from: 1, rounds: count, leaseMs: 1_000, ended });
  } finally {
    await place.close();
    await source.close();
    await database.drop();
  }
  return results;
}

function assertWhole(results: readonly RoundResult[], count: number): void {
  for (const { round, problems, kept } of results) assert.deepEqual(problems, [], `round ${round}, kept in ${kept}`);
  assert.equal(results.length, count);
  const deeds = results.flatMap(({ endings }) => endings.flatMap(({ deeds }) => deeds.map(({ what }) => what)));
  assert.ok(
    deeds.some((what) => /^SIG(KILL|STOP)/.test(what)),
    "no fault befell anybody",
  );
}

describe("the comparison after each round", () => {
  it("finds an object that is of another write than its manifest, or is missing", async () => {
    const database = await testDatabase();
    const folder = await temporaryFolder();
    try {
      await database.query("CREATE TABLE things AS SELECT 1 AS id");
      const config = objectConfig({ source: { query: "SELECT * FROM things" } });
      const manifest = landed(await extract(config, database.dsn, folder.url));
      const path = fileURLToPath(manifest.url);
      const found = async (): Promise<string[]> => {
        const sink = await openSink(folder.url);
        return await new Auditor(sink).records("things", false).finally(() => sink.close());
      };
      assert.deepEqual(await found(), []);
      await copyFile(path, `${path}.copy`);
      await rename(`${path}.copy`, path);
      assert.match((await found()).join(), /is of the write/);
      await rm(path);
      assert.match((await found()).join(), /is missing/);
    } finally {
      await folder.remove();
      await database.drop();
    }
  });
});

describe("extracts of one object at once, some of them stopped or killed", { concurrency: true }, () => {
  it("leave each object as its manifest says, in a folder", async () => {
    assertWhole(await rounds("folder", 8), 8);
  });

  it("leave each object as its manifest says, in S3", async () => {
    assertWhole(await rounds("s3", 4), 4);
  });
});
