/**
 * `npm run simulate -- [--seeds N] [--seed S] [--seconds T]`: runs schedules of the landing protocol (docs/landing.md) on a simulated world.
 * `--seed S` alone tells the story of that one schedule; with `--seeds N`, N schedules from S on. Without a seed a new one is taken, and
 * printed. Exits with 1 when an invariant broke, and tells the story of the first.
 */
import { parseArgs } from "node:util";
import { simulate } from "../test/simulation/landing/scenario.ts";
import { runSeeds, type Share } from "../test/simulation/run-seeds.ts";

const { values } = parseArgs({
  options: { seeds: { type: "string" }, seed: { type: "string" }, seconds: { type: "string" } },
});
const given = values.seed === undefined ? null : wholeNumber("--seed", values.seed);
if (given !== null && values.seeds === undefined && values.seconds === undefined) await tell(given);
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
  const progress = (so_far: Share, after: number): void => {
    if (after < told + 10) return;
    told = after;
    console.error(`${figures(so_far, after)}`);
  };
  const share = await runSeeds({ from, count, progress, ...(seconds === undefined ? {} : { seconds }) });
  console.log(figures(share, share.seconds));
  const [first] = share.found;
  if (first === undefined) return;
  for (const { seed, message } of share.found.slice(0, 20)) console.log(`seed ${seed} breaks ${message}`);
  console.log(`\nthe story of seed ${first.seed}:\n`);
  await tell(first.seed);
}

function figures({ schedules, steps, found }: Share, seconds: number): string {
  const rate = Math.round(schedules / seconds);
  const broken = found.length === 0 ? "every invariant holds" : `${found.length} break an invariant`;
  return `${schedules} schedules of ${Math.round(steps / schedules)} steps in ${seconds.toFixed(1)} s, ${rate} a second: ${broken}`;
}
