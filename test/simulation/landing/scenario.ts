import { LEDGER_VERSION } from "../../../src/ledger/fields.ts";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { ledgerKey } from "../../../src/ledger/paths.ts";
import type { ShardEnd } from "../../../src/run/run-shards.ts";
import type { Process } from "../world/process.ts";
import { Random } from "../world/random.ts";
import { Violation, World } from "../world/world.ts";
import { MINUTE_MS, populate, randomCasting } from "./cast.ts";
import { OBJECT } from "./facts.ts";
import { Invariants } from "./invariants.ts";
import { dataKey, type RunWish } from "./plans.ts";
import { LandingProcess, type Scene } from "./processes.ts";
import { Table } from "./tables.ts";

/** Nothing of a world goes on longer: tables change until then. */
const WORLD_MS = 180 * MINUTE_MS;
/** docs/landing.md: an intent's objects come within 25 minutes or never. */
const INTENTS_OVER_MS = 26 * MINUTE_MS;

export interface Outcome {
  readonly seed: number;
  readonly violation: Violation | null;
  /** Things that happened. */
  readonly steps: number;
  /** Writes that took effect. */
  readonly writes: number;
}

/** One schedule: some runs over a few data keys, some processes that land, publish, cancel and retry them, faults, and the time after. */
export async function simulate(seed: number, story?: string[]): Promise<Outcome> {
  const random = new Random(seed);
  const casting = randomCasting(random);
  const { rates, faultsEndMs, runs, shards } = casting;
  const world = new World({ seed: random.int(0, 2 ** 32 - 1), rates, faultsEndMs, ...(story === undefined ? {} : { story }) });
  const invariants = new Invariants(world);
  const tables = new Map<string, Table>();
  for (const key of new Set(runs.flatMap(({ day }) => shards.map((shard) => dataKey(shard, day))))) {
    tables.set(key, new Table(random, casting.tableMs, WORLD_MS));
  }
  const scene: Scene = { world, invariants, reading: { tables, ...casting }, leaseMs: casting.leaseMs };
  for (const wish of runs) {
    world.tell("world", () => describe(wish));
    if (wish.replace) invariants.replacing.add(wish.run);
  }
  // Most objects have a ledger since their first run.
  if (random.chance(0.8)) putLedger(world);
  for (const wish of runs) populate(scene, random, wish, casting);
  // Faults last until their end, though everybody may be done before.
  world.loop.at(faultsEndMs, null, () => {});
  const violation = (await runOut(scene)) ?? (await mend(scene, random, runs));
  return { seed, violation, steps: world.loop.steps, writes: world.store.writes };
}

function describe({ run, day, kind, isChoice, replace }: RunWish): string {
  return `${run} of ${day} is of kind ${kind}${isChoice ? ", a choice" : ""}${replace ? ", with --replace" : ""}`;
}

function putLedger({ store, epochMs }: World): void {
  const at = new Date(epochMs).toISOString();
  const counted = { seq: 1, columns: [], last_field_id: 0, last_planned_at: at };
  const ledger: Ledger = { version: LEDGER_VERSION, object: OBJECT, created_at: at, ...counted };
  const body = new TextEncoder().encode(JSON.stringify(ledger));
  store.apply({ kind: "put", key: ledgerKey(OBJECT), body, condition: "absent", token: null }, 0, "world");
}

/** Lets everything happen that is to happen. */
async function runOut({ world }: Scene): Promise<Violation | null> {
  const end = await world.run();
  if (end === "endless") return new Violation("e", "things go on happening for ever");
  return world.violation ?? hanging(world.processes);
}

function hanging(processes: readonly Process[]): Violation | null {
  const waiting = processes.find(({ alive }) => alive);
  return waiting === undefined ? null : new Violation("e", `${waiting.name} waits for something that never happens`);
}

/**
 * e: once faults have ended, whatever was left behind is finished by running it again: a run by a retry, and a new run of the kind that
 * readers are on lands everything and is published. One of them in each world, sometimes both: they cost as much as all that went before.
 */
async function mend(scene: Scene, random: Random, wishes: readonly RunWish[]): Promise<Violation | null> {
  // A put that was given up may still arrive until then, and keeps a run of another kind from being published.
  await pass(scene, INTENTS_OVER_MS);
  const planned = random.shuffled(wishes.filter(({ run }) => scene.invariants.plan(run) !== undefined));
  const isMended = random.chance(0.5);
  for (const wish of isMended ? planned.slice(0, random.pick([1, 1, 3])) : []) {
    const violation = await finish(scene, "mend", wish, (process) => process.retry());
    if (violation !== null) return violation;
  }
  return isMended && random.chance(0.7) ? null : landLast(scene, wishes);
}

async function landLast(scene: Scene, wishes: readonly RunWish[]): Promise<Violation | null> {
  const { invariants } = scene;
  const published = (): string | undefined => invariants.current?.published?.run;
  const shown = wishes.find(({ run }) => run === published()) ?? wishes[0]!;
  const last: RunWish = { ...shown, run: "run-z", replace: false };
  let violation = await finish(scene, "last", last, (process) => process.submit());
  if (violation === null && published() !== last.run) {
    // Perhaps it landed the bytes that a run of another kind had replaced minutes before: its request may arrive once more until then.
    await pass(scene, INTENTS_OVER_MS);
    violation = await finish(scene, "last", last, (process) => process.retry());
  }
  if (violation !== null || published() === last.run) return violation;
  return new Violation("e", `everything is over, and ${published() ?? "nothing"} is published instead of ${last.run}`);
}

async function pass({ world }: Scene, ms: number): Promise<void> {
  world.loop.later(ms, null, () => {});
  await world.run();
}

async function finish(
  scene: Scene,
  name: string,
  wish: RunWish,
  work: (process: LandingProcess) => Promise<ShardEnd[]>,
): Promise<Violation | null> {
  const { world } = scene;
  let ends: ShardEnd[] = [];
  let failure: unknown = null;
  world.spawn(`${name}/${wish.run.slice(4)}`, async (process) => {
    try {
      ends = await new LandingProcess(scene, process, wish).live(work);
    } catch (error) {
      failure = error;
      throw error;
    }
  });
  const violation = await runOut(scene);
  if (violation !== null) return violation;
  if (failure !== null) return new Violation("e", `without faults ${wish.run} can't be finished: ${failure}`);
  const failed = ends.find((end) => end.outcome === "failed" && !isRefusal(end));
  if (failed?.outcome === "failed")
    return new Violation("e", `without faults a shard of ${wish.run} fails: ${failed.error.message}`);
  const isMissing = ends.length < wish.shards.length;
  return isMissing
    ? new Violation("e", `without faults ${wish.run} ends with ${ends.length} of its ${wish.shards.length} shards`)
    : null;
}

/** A run of another kind is refused inside a published one: that is the protocol, not a fault. */
function isRefusal(end: ShardEnd): boolean {
  return end.outcome === "failed" && /belongs to the published run/.test(end.error.message);
}
