import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileSimulation, type Patch } from "./compile.ts";
import type { Fault } from "./faults.ts";
import { runSeeds } from "./run-seeds.ts";

/** How a fault that was put back was found. */
export interface Sighting {
  /** Null for one that needs no chance. */
  readonly seed: number | null;
  readonly schedules: number;
  readonly seconds: number;
  /** What broke, and how. */
  readonly message: string;
}

export interface FindOptions {
  /** The first seed to search from; when left out, the one that is known to find it, and then from 0 on. */
  readonly from?: number | undefined;
  /** Schedules at most. */
  readonly count: number;
  readonly seconds?: number | undefined;
}

/** Puts a fault back, and looks for a schedule that breaks one of the invariants that it should break. @returns null when none does */
export async function findFault(
  fault: Fault,
  { from, count, seconds = Number.POSITIVE_INFINITY }: FindOptions,
): Promise<Sighting | null> {
  if (fault.seed === null) return findOnSlowDisk(fault.patches);
  const known = from === undefined ? await search(fault, { from: fault.seed, count: 1 }) : null;
  return known ?? search(fault, { from: from ?? 0, count, seconds });
}

async function search(fault: Fault, options: { from: number; count: number; seconds?: number }): Promise<Sighting | null> {
  const { patches, breaks } = fault;
  const { schedules, seconds, found } = await runSeeds({ ...options, patches, until: breaks });
  const first = found.find(({ invariant }) => breaks.includes(invariant));
  return first === undefined ? null : { seed: first.seed, schedules, seconds, message: first.message };
}

/** @returns null when no slow sync breaks an invariant */
export async function findOnSlowDisk(patches: readonly Patch[]): Promise<Sighting | null> {
  const began = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "pg-bronze-simulation-"));
  try {
    const compiled = pathToFileURL(await compileSimulation(folder, "slow-disk", patches)).href;
    const { claimOnSlowDisk } = (await import(compiled)) as typeof import("./slow-disk.ts");
    const { broken, slow } = await claimOnSlowDisk();
    const seconds = (performance.now() - began) / 1000;
    return broken === null ? null : { seed: null, schedules: slow, seconds, message: `b: ${broken}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
