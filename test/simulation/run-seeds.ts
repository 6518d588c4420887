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
  /** Stops at the first schedule that breaks an invariant. Default: goes on. */
  readonly untilFound?: boolean;
  readonly processes?: number;
  readonly patches?: readonly Patch[];
  readonly progress?: (so_far: Share, seconds: number) => void;
}

/** Schedules that a child runs before it answers: some tenths of a second. */
const SHARE = 50;

/** Runs schedules in child processes, one for each core. In the order of their seeds, what broke. */
export async function runSeeds(options: SeedsOptions): Promise<Share & { readonly seconds: number }> {
  const folder = await mkdtemp(join(tmpdir(), "pg-bronze-simulation-"));
  try {
    const entry = await compileSimulation(folder, options.patches);
    return await distribute(entry, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function distribute(entry: string, options: SeedsOptions): Promise<Share & { readonly seconds: number }> {
  const { from, count, seconds = Number.POSITIVE_INFINITY, untilFound = false } = options;
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const found: Found[] = [];
  let [schedules, steps, next] = [0, 0, from];
  const work = async (child: ChildProcess): Promise<void> => {
    while (next < from + count && elapsed() < seconds && !(untilFound && found.length > 0)) {
      const seeds = [next, Math.min(next + SHARE, from + count)] as const;
      next = seeds[1];
      const share = await ask(child, seeds);
      schedules += share.schedules;
      steps += share.steps;
      found.push(...share.found);
      options.progress?.({ schedules, steps, found }, elapsed());
    }
  };
  const processes = Math.min(options.processes ?? availableParallelism(), Math.ceil(count / SHARE));
  const children = Array.from({ length: processes }, () => fork(entry, { execArgv: ["--max-semi-space-size=32"] }));
  try {
    await Promise.all(children.map(work));
  } finally {
    for (const child of children) child.kill();
  }
  found.sort((a, b) => a.seed - b.seed);
  return { schedules, steps, found, seconds: elapsed() };
}

async function ask(child: ChildProcess, seeds: readonly [number, number]): Promise<Share> {
  const gone = new AbortController();
  const exit = once(child, "exit", { signal: gone.signal }).then(([code]) => {
    throw new Error(`a simulating process ended with ${code}, at one of the seeds ${seeds[0]} to ${seeds[1] - 1}`);
  });
  exit.catch(() => {});
  child.send({ seeds });
  try {
    const [share] = (await Promise.race([once(child, "message", { signal: gone.signal }), exit])) as [Share];
    return share;
  } finally {
    gone.abort();
  }
}
