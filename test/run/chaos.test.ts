import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { before, describe, it } from "node:test";
import { promisify } from "node:util";
import { openPlace, type PlaceName } from "../../dev/chaos/places.ts";
import { OBJECTS, type RoundResult, runRounds } from "../../dev/chaos/rounds.ts";
import { makeSource } from "../../dev/chaos/source.ts";
import { buildCommand, needsBuild } from "../../dev/command-line.ts";
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

describe("extracts of one object at once, some of them stopped or killed", { concurrency: true }, () => {
  it("leave each object as its manifest says, in a folder", async () => {
    assertWhole(await rounds("folder", 8), 8);
  });

  it("leave each object as its manifest says, in S3", async () => {
    assertWhole(await rounds("s3", 4), 4);
  });
});
