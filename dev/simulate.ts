/**
 * `npm run simulate -- [--seeds N] [--seed S] [--seconds T]`: runs schedules of the landing protocol (docs/landing.md) on a simulated world.
 * `--seed S` alone tells the story of that one schedule; with `--seeds N`, N schedules from S on. Without a seed a new one is taken, and
 * printed. What breaks an invariant is said at once; in the end the story of the first is told, and the exit code is 1.
 *
 * `npm run simulate -- --faults [NAME…] [--seed S] [--seconds T]`: puts each fault of test/simulation/faults.ts back into the code and looks for
 * a schedule that breaks an invariant, for T seconds each at most: first the one that is known to, or from S on. Exits with 1 when none does, except for a rare fault.
 */
import { parseArgs } from "node:util";
import { FAULTS, type Fault } from "../test/simulation/faults.ts";
import { findFault } from "../test/simulation/find-fault.ts";
import { simulate } from "../test/simulation/landing/scenario.ts";
import { type Found, runSeeds, type Share } from "../test/simulation/run-seeds.ts";

const { values, positionals } = parseArgs({
  options: { seeds: { type: "string" }, seed: { type: "string" }, seconds: { type: "string" }, faults: { type: "boolean" } },
  allowPositionals: true,
});
const given = values.seed === undefined ? null : wholeNumber("--seed", values.seed);
if (values.faults) await putBack();
else if (given !== null && values.seeds === undefined && values.seconds === undefined) await tell(given);
else await search(given ?? Math.floor(Math.random() * 2 ** 40));

function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${flag} takes a whole number, not ${JSON.stringify(text)}`);
  return number;
}

async function tell(seed: number): Promise<void> {
  const story: string[] = [];
  const { violation } = await simulate(seed, story);
  console.log(story.join("\n"));
  console.log(violation === null ? `\nseed ${seed} holds every invariant` : `\nseed ${seed} breaks ${violation.message}`);
  if (violation !== null) process.exitCode = 1;
}

async function search(from: number): Promise<void> {
  const seconds = values.seconds === undefined ? undefined : wholeNumber("--seconds", values.seconds);
  const count = values.seeds === undefined ? (seconds === undefined ? 10_000 : 1e9) : wholeNumber("--seeds", values.seeds);
  console.error(`schedules from seed ${from} on`);
  let told = 0;
  let broken = 0;
  const progress = (so_far: Share, after: number): void => {
    for (; broken < so_far.found.length; broken++) console.error(said(so_far.found[broken]!));
    if (after < told + 10) return;
    told = after;
    console.error(`${figures(so_far, after)}`);
  };
  const share = await runSeeds({ from, count, progress, ...(seconds === undefined ? {} : { seconds }) });
  console.log(figures(share, share.seconds));
  const [first] = share.found;
  if (first === undefined) return;
  for (const found of share.found.slice(0, 20)) console.log(said(found));
  console.log(`\nthe story of seed ${first.seed}:\n`);
  await tell(first.seed);
}

function said({ seed, message }: Found): string {
  return `seed ${seed} breaks ${message}`;
}

async function putBack(): Promise<void> {
  const unknown = positionals.find((name) => !FAULTS.some((fault) => fault.name === name));
  if (unknown !== undefined) throw new Error(`there is no fault ${JSON.stringify(unknown)}`);
  const seconds = values.seconds === undefined ? 300 : wholeNumber("--seconds", values.seconds);
  for (const fault of FAULTS) {
    if (positionals.length > 0 && !positionals.includes(fault.name)) continue;
    const told = await sightingOf(fault, seconds);
    console.log(`${fault.name}: ${fault.about}\n    ${told}`);
  }
}

async function sightingOf(fault: Fault, seconds: number): Promise<string> {
  const sighting = await findFault(fault, { count: 1e9, seconds, ...(given === null ? {} : { from: given }) });
  if (sighting === null) {
    if (!fault.isRare) process.exitCode = 1;
    return `NOT FOUND in ${seconds} s${fault.isRare ? ": it is rare" : ""}`;
  }
  const { seed, schedules, message } = sighting;
  return `found ${seed === null ? "on a slow disk" : `by seed ${seed}`}, schedule ${schedules}, in ${sighting.seconds.toFixed(1)} s: it breaks ${message}`;
}

function figures({ schedules, steps, found }: Share, seconds: number): string {
  const rate = Math.round(schedules / seconds);
  const broken = found.length === 0 ? "every invariant holds" : `${found.length} break an invariant`;
  return `${schedules} schedules of ${Math.round(steps / schedules)} steps in ${seconds.toFixed(1)} s, ${rate} a second: ${broken}`;
}
