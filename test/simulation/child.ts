import { simulate } from "./landing/scenario.ts";
import type { Found, Order, Share } from "./run-seeds.ts";

/** Runs the schedules that its parent asks for, and answers with what broke. */
process.on("message", async ({ seeds, until }: Order) => {
  const [from, to] = seeds;
  const found: Found[] = [];
  let [schedules, steps] = [0, 0];
  for (let seed = from; seed < to && !found.some(({ invariant }) => until.includes(invariant)); seed++) {
    const { violation, steps: taken } = await simulate(seed);
    schedules++;
    steps += taken;
    if (violation !== null) found.push({ seed, invariant: violation.invariant, message: violation.message });
  }
  process.send!({ schedules, steps, found } satisfies Share);
});
