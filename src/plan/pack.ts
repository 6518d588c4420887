import { SIZE_CLASSES, type SizeClass } from "../config/registry.ts";

/** A shard as packing sees it. */
export interface Sized {
  readonly id: string;
  readonly size_class: string;
}

export interface JobGroup<T extends string = string> {
  readonly size_class: SizeClass;
  /** Shards of each job. */
  readonly jobs: readonly (readonly T[])[];
}

/**
 * Shards → jobs, by size class. One job a shard; with `pack`, up to that many small shards share one, while medium and large ones stay
 * alone. Jobs keep the order of the plan, and groups without jobs are left out.
 */
export function packJobs(shards: readonly Sized[], pack = 1): JobGroup[] {
  return SIZE_CLASSES.map((name): JobGroup => {
    const ids = shards.filter((shard) => shard.size_class === name).map(({ id }) => id);
    return { size_class: name, jobs: chunks(ids, name === "small" ? pack : 1) };
  }).filter(({ jobs }) => jobs.length > 0);
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
