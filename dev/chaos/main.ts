/**
 * `npm run chaos -- --rounds 200 --sink folder`: real processes land one object at once, are stopped, resumed and killed at random, and
 * after every round each object is compared with its manifest. Exits with 1 when one differs.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { buildCommand, needsBuild } from "../command-line.ts";
import { startPostgres } from "../embedded-postgres.ts";
import { openPlace, type PlaceName } from "./places.ts";
import { OBJECTS, type RoundResult, runRounds } from "./rounds.ts";
import { createDatabase, makeSource } from "./source.ts";
import { addRound, newTally, tallyText } from "./tally.ts";

const USAGE = `npm run chaos -- [options]

  --rounds N      How many. Default: 20.
  --sink NAME     folder, s3 (the tests' own server) or versity (the program that PG_BRONZE_VERSITYGW names). Default: folder.
  --seed TEXT     Default: a new one, which is printed.
  --from N        Begins with the N-th round of the seed. Default: 1.
  --lanes N       Rounds at once, each lane with its own database and sink: most of a round is waiting. Default: 1.
  --lease-ms MS   Lease of the processes that faults befall. Default: 1500.
  --help          This text.`;

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "20" },
      sink: { type: "string", default: "folder" },
      seed: { type: "string", default: Math.random().toString(36).slice(2, 8) },
      from: { type: "string", default: "1" },
      lanes: { type: "string", default: "1" },
      "lease-ms": { type: "string", default: "1500" },
      help: { type: "boolean", default: false },
    },
  });
  const number = (name: "rounds" | "from" | "lanes" | "lease-ms", least: number): number => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < least)
      throw new Error(`--${name} ${values[name]} is not a number from ${least} on`);
    return value;
  };
  const sink = (["folder", "s3", "versity"] as const).find((name) => name === values.sink);
  if (sink === undefined) throw new Error(`--sink ${values.sink} is none of folder, s3, versity`);
  const leaseMs = number("lease-ms", 1_000);
  const rounds = number("rounds", 1);
  const lanes = Math.min(number("lanes", 1), rounds);
  return { help: values.help, sink, seed: values.seed, rounds, from: number("from", 1), lanes, leaseMs };
}

type Options = ReturnType<typeof readOptions>;

async function chaos(options: Options): Promise<number> {
  if (needsBuild()) await build();
  const { sink, seed, rounds, from, lanes, leaseMs } = options;
  console.log(`seed ${seed}, sink ${sink}, lease ${leaseMs} ms, ${lanes} at once`);
  const tally = newTally();
  const startedAt = performance.now();
  const ended = (result: RoundResult): void => {
    addRound(tally, result, result.problems.length > 0, leaseMs);
    console.log(roundText(result));
  };
  const server = await startPostgres({ settings: { max_connections: String(50 + 20 * lanes) } });
  try {
    // Rounds in a row share a day, and with it a key: each lane has some in a row.
    const begins = Array.from({ length: lanes + 1 }, (_, i) => from + Math.floor((i * rounds) / lanes));
    await Promise.all(
      begins
        .slice(0, lanes)
        .map((begin, i) => lane(i, server.dsn, { ...options, from: begin, rounds: begins[i + 1]! - begin }, ended)),
    );
  } finally {
    await server.stop();
  }
  console.log(tallyText(tally, (performance.now() - startedAt) / 1000));
  return tally.failed === 0 ? 0 : 1;
}

/** Rounds one after another, in a database and a sink of their own. */
async function lane(number: number, dsn: string, options: Options, ended: (result: RoundResult) => void): Promise<void> {
  const source = await makeSource(await createDatabase(dsn, `lane_${number}`));
  const place = await openPlace(options.sink as PlaceName, OBJECTS);
  try {
    await runRounds({ ...options, place, source, ended });
  } finally {
    await place.close();
    await source.close();
  }
}

async function build(): Promise<void> {
  const { program, args } = buildCommand();
  const [code] = (await once(spawn(program, args, { stdio: "inherit" }), "exit")) as [number | null];
  if (code !== 0) throw new Error("npm run build failed");
}

function roundText({ round, problems, kept, seconds, endings, claimed, takeovers, looks, published }: RoundResult): string {
  const ends = endings.map(({ name, code, deeds }, i) => {
    const faults = deeds.flatMap(({ what }) => (what.startsWith("SIGSTOP") ? what.replace("SIGSTOP for", "stop") : []));
    const said = code === null ? "killed" : (claimed[i]?.outcome ?? claimed[i]?.error ?? "done");
    return `${name} ${said}${faults.length === 0 ? "" : ` (${faults.join(", ")})`}`;
  });
  const facts = [...ends, `${takeovers} takeovers`, `${looks} looks`, ...(published ? ["published"] : [])];
  const line = `round ${round}  ${seconds.toFixed(1)} s  ${facts.join(" · ")}`;
  if (problems.length === 0) return line;
  return [line, ...problems.map((problem) => `  FAILED: ${problem}`), `  kept in ${kept}`].join("\n");
}

for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => process.exit(1));

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) console.log(USAGE);
  else process.exitCode = await chaos(options);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
