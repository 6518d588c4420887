import { LEDGER_VERSION } from "../../../src/ledger/fields.ts";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { ledgerKey } from "../../../src/ledger/paths.ts";
import type { ShardEnd } from "../../../src/run/run-shards.ts";
import { randomRates } from "../world/faults.ts";
import type { Process } from "../world/process.ts";
import { Random } from "../world/random.ts";
import { Violation, World } from "../world/world.ts";
import { OBJECT } from "./facts.ts";
import { Invariants } from "./invariants.ts";
import { dataKey, type RunWish } from "./plans.ts";
import { LandingProcess, type Scene } from "./processes.ts";
import { Table } from "./tables.ts";

const MINUTE_MS = 60_000;
/** Nothing of a world goes on longer: tables change until then. */
const WORLD_MS = 180 * MINUTE_MS;
/** docs/landing.md: a put that was given up takes effect within 15 minutes or never. */
const INTENTS_OVER_MS = 16 * MINUTE_MS;

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
  const faultsEndMs = random.magnitude(2 * MINUTE_MS, 40 * MINUTE_MS);
  const world = new World({
    seed: seed + 0.5,
    rates: randomRates(random),
    faultsEndMs,
    ...(story === undefined ? {} : { story }),
  });
  const invariants = new Invariants(world);
  const shards = ["tx_travis", "tx_bexar", "ca_marin"].slice(0, random.pick([1, 1, 2, 2, 3]));
  const wishes = randomRuns(random, shards);
  for (const { run, replace } of wishes) if (replace) invariants.replacing.add(run);
  const tables = new Map<string, Table>();
  for (const key of new Set(wishes.flatMap(({ day }) => shards.map((shard) => dataKey(shard, day))))) {
    tables.set(key, new Table(random, WORLD_MS));
  }
  const readMs = random.pick([
    [100, 2_000],
    [500, 10_000],
    [2_000, 60_000],
  ] as const);
  const reading = { tables, readMs, failing: random.pick([0, 0, 0.05, 0.2]), parts: random.chance(0.15) ? 2 : 1 };
  const scene: Scene = { world, invariants, reading, leaseMs: random.pick([5_000, 10_000, 25_000]) };
  for (const { run, day, kind, isChoice, replace } of wishes) {
    world.tell(
      "world",
      () => `${run} of ${day} is of kind ${kind}${isChoice ? ", a choice" : ""}${replace ? ", with --replace" : ""}`,
    );
  }
  // Most objects have a ledger since their first run.
  if (random.chance(0.8)) putLedger(world);
  for (const wish of wishes) populate(scene, random, wish, faultsEndMs);
  // Faults last until their end, though everybody may be done before.
  world.loop.at(faultsEndMs, null, () => {});
  const violation = (await runOut(scene)) ?? (await mend(scene, random, wishes));
  return { seed, violation, steps: world.loop.steps, writes: world.store.writes };
}

function putLedger({ store, epochMs }: World): void {
  const at = new Date(epochMs).toISOString();
  const counted = { seq: 1, columns: [], last_field_id: 0, last_planned_at: at };
  const ledger: Ledger = { version: LEDGER_VERSION, object: OBJECT, created_at: at, ...counted };
  const body = new TextEncoder().encode(JSON.stringify(ledger));
  store.apply({ kind: "put", key: ledgerKey(OBJECT), body, condition: "absent", token: null }, 0, "world");
}

function randomRuns(random: Random, shards: readonly string[]): RunWish[] {
  const count = random.pick([1, 1, 2, 2, 3]);
  return Array.from({ length: count }, (_, i) => {
    const isChoice = shards.length > 1 && random.chance(0.2);
    return {
      run: `run-${i + 1}`,
      day: random.chance(0.85) ? "2026-11-30" : random.pick(["2026-11-29", "2026-12-01"]),
      kind: random.chance(0.7) ? "a" : "b",
      shards: isChoice ? shards.slice(0, 1) : shards,
      isChoice,
      replace: random.chance(0.08),
    };
  });
}

/** The processes that work on one run: those that every run has, and those that make it interesting. */
function populate(scene: Scene, random: Random, wish: RunWish, untilMs: number): void {
  const { world } = scene;
  const begin = (name: string, atMs: number, work: (process: LandingProcess) => Promise<unknown>): void => {
    const skewMs = random.chance(0.3) ? random.between(-1, 1) * random.pick([2_000, 60_000, 20 * MINUTE_MS]) : 0;
    const interruptMs = random.chance(0.06) ? random.magnitude(100, 5 * MINUTE_MS) : null;
    world.loop.at(atMs, null, () => {
      world.spawn(
        `${name}/${wish.run.slice(4)}`,
        (process) => {
          const landing = new LandingProcess(scene, process, wish);
          if (interruptMs !== null) landing.interruptAfter(interruptMs);
          return work(landing);
        },
        skewMs,
      );
    });
  };
  const plannedMs = wish.run === "run-1" ? 0 : random.magnitude(100, untilMs / 2);
  const later = (): number => plannedMs + random.magnitude(100, Math.max(200, untilMs - plannedMs));
  begin("submit", plannedMs, (process) => process.submit());
  if (random.chance(0.4)) begin("again", later(), (process) => process.submit());
  for (let i = random.pick([0, 0, 1, 2]); i > 0; i--) {
    const index = random.int(0, wish.shards.length - 1);
    begin(`child${i}`, later(), (process) => process.child(index));
  }
  if (random.chance(0.25)) begin("publish", later(), (process) => process.publish(random.chance(0.2)));
  if (random.chance(0.2)) begin("cancel", later(), (process) => process.cancel());
  for (let i = random.pick([0, 1, 1, 2]); i > 0; i--) begin(`retry${i}`, later(), (process) => process.retry());
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
      ends = await work(new LandingProcess(scene, process, wish));
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
