import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { compileSimulation, type Patch } from "./compile.ts";

/** A schedule that broke an invariant. */
export interface Found {
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
}

/** What a child answers about its share of the seeds. */
export interface Share {
  readonly schedules: number;
  readonly steps: number;
  readonly found: readonly Found[];
}

export interface SeedsOptions {
  /** The first seed; the others follow it. */
  readonly from: number;
  /** How many at most. */
  readonly count: number;
  /** Begins no more schedules after this time. */
  readonly seconds?: number;
  /** Stops at the first schedule that breaks one of these invariants. Default: goes on. */
  readonly until?: readonly string[];
  readonly processes?: number;
  readonly patches?: readonly Patch[];
  /** Told after each share of the schedules. */
  readonly progress?: (so_far: Share, seconds: number) => void;
}

/** Schedules that a child runs before it answers: some tenths of a second. */
const SHARE = 50;

/** Shares after which a child makes way for a new one: what the code keeps for a process's life, it keeps for every process of every schedule. */
const SHARES_OF_A_CHILD = 200;

/** Runs schedules in child processes, one for each core. In the order of their seeds, what broke. */
export async function runSeeds(options: SeedsOptions): Promise<Share & { readonly seconds: number }> {
  const folder = await mkdtemp(join(tmpdir(), "pg-bronze-simulation-"));
  try {
    const entry = await compileSimulation(folder, "child", options.patches);
    return await distribute(entry, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function distribute(entry: string, options: SeedsOptions): Promise<Share & { readonly seconds: number }> {
  const { from, count, seconds = Number.POSITIVE_INFINITY, until = [] } = options;
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const found: Found[] = [];
  let [schedules, steps, next] = [0, 0, from];
  const goesOn = (): boolean =>
    next < from + count && elapsed() < seconds && !found.some(({ invariant }) => until.includes(invariant));
  const take = (): readonly [number, number] => {
    const seeds = [next, Math.min(next + SHARE, from + count)] as const;
    next = seeds[1];
    return seeds;
  };
  const work = async (child: ChildProcess): Promise<void> => {
    for (let shares = 0; shares < SHARES_OF_A_CHILD && goesOn(); shares++) {
      const share = await ask(child, { seeds: take(), until });
      schedules += share.schedules;
      steps += share.steps;
      found.push(...share.found);
      options.progress?.({ schedules, steps, found }, elapsed());
    }
  };
  const processes = Math.min(options.processes ?? availableParallelism(), Math.ceil(count / SHARE));
  await Promise.all(
    Array.from({ length: processes }, async () => {
      while (goesOn()) await withChild(entry, work);
    }),
  );
  found.sort((a, b) => a.seed - b.seed);
  return { schedules, steps, found, seconds: elapsed() };
}

async function withChild(entry: string, work: (child: ChildProcess) => Promise<void>): Promise<void> {
  const child = fork(entry, { execArgv: ["--max-semi-space-size=64"] });
  try {
    await work(child);
  } finally {
    child.kill();
  }
}

/** What a child is to run: schedules of seeds from the first up to before the second, at most until one breaks one of these invariants. */
export interface Order {
  readonly seeds: readonly [number, number];
  readonly until: readonly string[];
}

async function ask(child: ChildProcess, order: Order): Promise<Share> {
  const gone = new AbortController();
  const exit = once(child, "exit", { signal: gone.signal }).then(([code]) => {
    throw new Error(`a simulating process ended with ${code}, at one of the seeds ${order.seeds[0]} to ${order.seeds[1] - 1}`);
  });
  exit.catch(() => {});
  child.send(order);
  try {
    const [share] = (await Promise.race([once(child, "message", { signal: gone.signal }), exit])) as [Share];
    return share;
  } finally {
    gone.abort();
  }
}
