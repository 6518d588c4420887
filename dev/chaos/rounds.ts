import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { landingKey } from "../../src/ledger/paths.ts";
import { type Random, seededRandom } from "../demo/random.ts";
import { Auditor, watchKey } from "./audit.ts";
import { DATA_FOLDER, type Place } from "./places.ts";
import { type Ending, startVictim, type Victim } from "./process.ts";
import { type ChangingSource, queryOf, type TableName } from "./source.ts";
import { countTouches, drawStrikes, strike } from "./strikes.ts";
import { type Claimed, claimedOf, type RoundFigures } from "./tally.ts";

/** The object that a table lands as. */
export function objectOf(table: TableName): string {
  return `chaos_${table}`;
}

export const OBJECTS: readonly string[] = [objectOf("small"), objectOf("large")];

export interface RoundsOptions {
  readonly place: Place;
  readonly source: ChangingSource;
  /** Rounds of one seed are the same but for what the machine makes of them. */
  readonly seed: string;
  /** The number of the first round. */
  readonly from: number;
  readonly rounds: number;
  readonly leaseMs: number;
  /** After each round. A failed one is kept in `kept`: what was there, and what each process did and said. */
  readonly ended: (round: RoundResult) => void;
}

export interface RoundResult extends RoundFigures {
  readonly round: number;
  /** What may not be; none when all is well. */
  readonly problems: readonly string[];
  readonly kept: string | null;
}

/** No round takes so long, however slow the machine. */
const MOST_ROUND_MS = 300_000;
/** Temporary files, locks and open uploads that one killed process may leave. */
const MOST_LEFTOVERS = 4;

interface Round {
  readonly number: number;
  readonly random: Random;
  readonly table: TableName;
  readonly date: string;
  readonly startedAt: number;
  readonly env: Readonly<Record<string, string>>;
  /** Flags of every command. */
  readonly flags: readonly string[];
}

/** Lets extracts of one object meet, with faults, round after round. Each ends with an extract without faults, and everything is compared. */
export async function runRounds(options: RoundsOptions): Promise<void> {
  const { place, source, seed, from, rounds } = options;
  const folder = await mkdtemp(join(tmpdir(), "chaos-configs-"));
  const auditor = new Auditor(place.sink);
  try {
    for (const table of ["small", "large"] as const) await writeConfig(folder, table, place);
    for (let number = from; number < from + rounds; number++) {
      const random = seededRandom(`${seed}/${number}`);
      const table = random.chance(0.15) ? "large" : "small";
      // Now and then a new day, whose key nobody has landed.
      const date = new Date(Date.UTC(2026, 0, 1 + Math.floor(number / 3))).toISOString().slice(0, 10);
      const config = ["--config", join(folder, `${objectOf(table)}.yaml`), "--sink", place.sink.url];
      const flags = [...config, "--json", "--log-format", "json"];
      const env = { ...place.env, CHAOS_DSN: source.dsn };
      options.ended(await runRound({ number, random, table, date, startedAt: performance.now(), env, flags }, options, auditor));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** JSON is YAML. */
async function writeConfig(folder: string, table: TableName, place: Place): Promise<void> {
  const object = objectOf(table);
  const config = {
    object,
    extract_pattern: "single_table",
    source_system: "chaos",
    dataset: table,
    source: { dsn_env: "CHAOS_DSN", query: queryOf(table) },
    hashkeys: { source: ["id"] },
    sink: { ...place.config, key: `${DATA_FOLDER}{object}_{extract_date}.parquet` },
    publish: { max_shrink: 1 },
  };
  await writeFile(join(folder, `${object}.yaml`), JSON.stringify(config, null, 2));
}

async function runRound(round: Round, options: RoundsOptions, auditor: Auditor): Promise<RoundResult> {
  const { place } = options;
  const object = objectOf(round.table);
  const dataKey = `${DATA_FOLDER}${object}_${round.date}.parquet`;
  const recordKey = landingKey(object, dataKey);
  const before = new Set(await place.leftovers());
  const watcher = watchKey(place.sink, auditor, object, dataKey);
  const endings = await faultyPart(round, options);
  const { problems: watched, takeovers, looks } = await watcher.stop();

  const problems = [...watched, ...(await auditor.records(object, false))];
  const claimed = endings.map((ending) => claimedOf(ending));
  problems.push(...claimed.flatMap(({ problem }) => problem ?? []));
  problems.push(...(await unknownLandings(auditor, object, dataKey, claimed)));
  const kills = endings.filter(({ code }) => code === null).length;
  const left = (await place.leftovers()).filter((name) => !before.has(name));
  if (left.length > kills * MOST_LEFTOVERS) problems.push(`${kills} killed processes left ${left.join(", ")}`);

  const clean = await cleanPart(round, auditor, object);
  problems.push(...clean.problems);
  problems.push(...((await new Auditor(place.sink).record(recordKey, true))?.problems ?? ["nothing landed"]));
  problems.push(...(await auditor.published(object)));

  const all = [...endings, ...clean.endings];
  const kept = problems.length === 0 ? null : await keep(round, options, problems, all);
  const seconds = (performance.now() - round.startedAt) / 1000;
  return { round: round.number, problems, kept, seconds, takeovers, looks, published: clean.published, endings, claimed };
}

/** Two or three extracts at once, sometimes beside a local run and a publication, each with its faults. */
async function faultyPart({ random, table, date, startedAt, ...round }: Round, options: RoundsOptions): Promise<Ending[]> {
  const { leaseMs, place, source } = options;
  await source.pace(random.pick([0, 0, 300, 1000, 2 * leaseMs]));
  const isStill = random.chance(0.25);
  const shared = random.chance(0.3) ? ["--run", `shared-${round.number}`] : [];
  const land = ["--extract-date", date, ...round.flags];
  const commands: [string, ...string[]][] = [];
  for (let extracts = random.int(2, 3); extracts > 0; extracts--) commands.push(["extract", ...land, ...shared]);
  if (random.chance(0.25)) commands.push(["submit-local", ...land, ...(random.chance(0.5) ? shared : [])]);
  if (random.chance(0.25)) commands.push(["publish", ...round.flags]);

  const env = { ...round.env, PG_BRONZE_LEASE_MS: String(leaseMs) };
  const touches = countTouches();
  const untouch = place.onTouch(touches.touched);
  const changing = source.keepChanging(table, seededRandom(`${options.seed}/${round.number}/table`), isStill);
  const plans = commands.map((command, i) => ({
    command,
    name: `${command[0]} ${i + 1}`,
    startMs: command[0] === "publish" ? random.int(1_000, 5_000) : random.int(0, 1_000),
    strikes: drawStrikes(random, leaseMs, place.touchesPerWrite),
  }));
  const victims: Victim[] = [];
  const stoppers: (() => void)[] = [];
  const timer = setTimeout(() => {
    for (const victim of victims) victim.kill();
  }, MOST_ROUND_MS);
  try {
    return await Promise.all(
      plans.map(async ({ command, name, startMs, strikes }) => {
        await delay(startMs);
        const victim = startVictim(name, command, env, startedAt);
        victims.push(victim);
        stoppers.push(strike(victim, strikes, touches));
        return await victim.ended;
      }),
    );
  } finally {
    clearTimeout(timer);
    for (const stop of stoppers) stop();
    for (const victim of victims) victim.kill();
    untouch();
    await changing.stop();
  }
}

/** Running it again finishes: once faults end an extract lands, and its run can be published. */
async function cleanPart({ number, random, date, flags, env, startedAt }: Round, auditor: Auditor, object: string) {
  const problems: string[] = [];
  const endings: Ending[] = [];
  const run = async (...command: [string, ...string[]]): Promise<Claimed> => {
    const ending = await startVictim(`clean ${command[0]}`, command, env, startedAt).ended;
    endings.push(ending);
    const claimed = claimedOf(ending);
    if (ending.code !== 0) problems.push(`the ${ending.name} ended with exit code ${ending.code}: ${claimed.error}`);
    return claimed;
  };
  // S3 tells whole seconds, so a run may count as planned before one that was planned within the second before it.
  for (let tries = 1; tries <= 3; tries++) {
    const name = `clean-${number}-${tries}`;
    const { outcome } = await run("extract", "--extract-date", date, ...flags, "--run", name);
    if (outcome === "superseded" && tries < 3) continue;
    if (outcome !== "landed") problems.push(`the extract without faults ended with ${outcome}`);
    problems.push(...(await auditor.records(object, true)));
    const publishes = problems.length === 0 && random.chance(0.5);
    if (publishes) await run("publish", name, ...flags);
    return { problems, endings, published: publishes };
  }
  throw new Error("unreachable");
}

/** Landings that a process told of and that the record never had. */
async function unknownLandings(
  auditor: Auditor,
  object: string,
  dataKey: string,
  claimed: readonly Claimed[],
): Promise<string[]> {
  const known = await auditor.tokens(object, dataKey);
  return claimed.flatMap(({ name, token }) =>
    token === null || known.has(token) ? [] : [`${name} said it landed with the token ${token}, which the record never had`],
  );
}

/** Writes down what is there, and what each process did and said. @returns the folder */
async function keep(
  round: Round,
  options: RoundsOptions,
  problems: readonly string[],
  endings: readonly Ending[],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `chaos-failed-${options.place.name}-${round.number}-`));
  await mkdir(join(folder, "sink"));
  await options.place.copyTo(join(folder, "sink"));
  const deeds = endings.flatMap(({ name, deeds }) => deeds.map(({ atMs, what }) => ({ atMs, text: `${name}: ${what}` })));
  const story = deeds.sort((a, b) => a.atMs - b.atMs).map(({ atMs, text }) => `${(atMs / 1000).toFixed(3)} s  ${text}`);
  const head = [`seed ${options.seed}, round ${round.number}, table ${round.table}, ${round.date}`, ...problems];
  const said = endings.map(({ name, args, stdout, stderr }) => `\n== ${name}: ${args.join(" ")}\n${stderr}\n${stdout}`);
  await writeFile(join(folder, "story.txt"), [...head, "", ...story, ...said].join("\n"));
  return folder;
}
