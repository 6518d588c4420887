/** Passes at the least: the first ones run before the code is optimised. */
const PASSES = 6;
const MEASURE_MS = 700;

/**
 * CPU milliseconds of the cheapest pass, on all threads of this process (so the garbage collector's too). The cheapest, since whatever
 * else happens on a machine only ever adds.
 */
export function cheapestPassMs(pass: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  const started = performance.now();
  for (let i = 0; i < PASSES || performance.now() - started < MEASURE_MS; i++) {
    const before = process.cpuUsage();
    pass();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
