import { simulate } from "./landing/scenario.ts";
import type { Found, Share } from "./run-seeds.ts";

/** Runs the schedules that its parent asks for, and answers with what broke. */
process.on("message", async ({ seeds }: { seeds: readonly [number, number] }) => {
  const [from, to] = seeds;
  const found: Found[] = [];
  let steps = 0;
  for (let seed = from; seed < to; seed++) {
    const { violation, steps: taken } = await simulate(seed);
    steps += taken;
    if (violation !== null) found.push({ seed, invariant: violation.invariant, message: violation.message });
  }
  process.send!({ schedules: to - from, steps, found } satisfies Share);
});
