import type { ObjectConfig } from "../../../src/config/object-config.ts";
import { collectGarbage } from "../../../src/gc/gc.ts";
import type { Actor } from "../../../src/ledger/actor.ts";
import { releaseClaims } from "../../../src/ledger/claims.ts";
import { openLedger, registerPlan } from "../../../src/ledger/ledger.ts";
import { createPlan, type RunPlan, readPlan, shardsOf } from "../../../src/ledger/plan.ts";
import { clearStop, writeStop } from "../../../src/ledger/stop.ts";
import { BronzeError } from "../../../src/model/errors.ts";
import type { RunId } from "../../../src/model/ids.ts";
import type { Shard } from "../../../src/model/shard.ts";
import { finishRun, finishWhenWhole } from "../../../src/run/finish.ts";
import { landClaimed } from "../../../src/run/land-claimed.ts";
import type { RunContext } from "../../../src/run/run-context.ts";
import { landWhenFree, runShards, type ShardEnd } from "../../../src/run/run-shards.ts";
import type { Process } from "../world/process.ts";
import { simulatedSink } from "../world/sink.ts";
import type { World } from "../world/world.ts";
import { OBJECT } from "./facts.ts";
import type { Invariants } from "./invariants.ts";
import { planOf, type RunWish } from "./plans.ts";
import { preparer, type Reading } from "./prepare.ts";

/** What all processes of one landing world share. */
export interface Scene {
  readonly world: World;
  readonly invariants: Invariants;
  readonly reading: Reading;
  readonly leaseMs: number;
}

/** What gc reads of a config. */
const GC_CONFIG = {
  object: OBJECT,
  source_system: "linode",
  dataset: OBJECT,
  sink: { key: "data/snapshot_dt={extract_date}/{table_name}.parquet" },
} as unknown as ObjectConfig;

const PUBLISH = { allowPartial: false, allowShrink: false, maxShrink: 0.05 };

type Finished = Awaited<ReturnType<typeof finishWhenWhole>>;

/** One process of a landing world: what it knows, and what people and machines start in it. */
export class LandingProcess {
  readonly #scene: Scene;
  readonly #process: Process;
  readonly #wish: RunWish;
  readonly #sink;
  readonly #stop = new AbortController();
  readonly #actor: Actor;

  constructor(scene: Scene, process: Process, wish: RunWish) {
    const { world } = scene;
    this.#scene = scene;
    this.#process = process;
    this.#wish = wish;
    this.#sink = simulatedSink(world, process);
    this.#actor = {
      owner: process.name,
      clock: process.clock,
      leaseMs: scene.leaseMs,
      newToken: () => world.newToken(),
    };
  }

  /** From its start to its end. What it rejects with is also heard by the invariants. */
  async live<T>(work: (process: LandingProcess) => Promise<T>): Promise<T> {
    try {
      return await work(this);
    } catch (error) {
      this.#scene.invariants.saysFailed(this.#process.name, error);
      throw error;
    }
  }

  /** Ctrl-C, after a while. */
  interruptAfter(ms: number): void {
    this.#process.clock.sleep(ms).then(() => {
      this.#say(() => "is interrupted");
      this.#stop.abort(new BronzeError("CANCELLED", "interrupted"));
    });
  }

  /** `submit-local`: plans the run, or goes on with it, lands all its shards, and publishes. */
  async submit(): Promise<ShardEnd[]> {
    return this.#landAll((await readPlan(this.#sink, OBJECT, this.#wish.run as RunId)) ?? (await this.#makePlan()));
  }

  /** `retry`: takes a run up again, also one that was cancelled. */
  async retry(): Promise<ShardEnd[]> {
    const plan = await this.#plan();
    await clearStop(this.#sink, OBJECT, plan.run);
    return this.#landAll(plan);
  }

  /** A child of a Batch array: one shard, and the run's publication when it was the last. */
  async child(index: number): Promise<void> {
    const plan = await this.#plan();
    const shard = shardsOf(plan)[index]!;
    const land = (): ReturnType<typeof landClaimed> => landClaimed(shard, this.#context(plan));
    const end = await landWhenFree(land, { clock: this.#process.clock, signal: this.#stop.signal });
    this.#settled(shard, end);
    if (end.outcome === "landed") this.#finished(await finishWhenWhole(this.#sink, plan, PUBLISH));
  }

  async publish(allowPartial: boolean): Promise<void> {
    const plan = await this.#plan();
    this.#finished(await finishRun(this.#sink, plan, { ...PUBLISH, allowPartial }));
  }

  /** `gc --delete`, also of what is younger than anybody would ask for. */
  async collect(olderThanMs: number): Promise<void> {
    const { items } = await collectGarbage(this.#sink, GC_CONFIG, {
      delete: true,
      foreign: false,
      olderThanMs,
      keepRuns: 50,
      actor: this.#actor,
      signal: this.#stop.signal,
      progress: () => {},
    });
    this.#say(() => `collected ${items.map(({ outcome, key }) => `${key}: ${outcome}`).join(", ") || "nothing"}`);
  }

  async cancel(): Promise<void> {
    const plan = await this.#plan();
    await writeStop(this.#sink, OBJECT, plan.run, this.#process.name);
    const released = await releaseClaims(this.#sink, OBJECT, plan.run, plan.shards);
    this.#say(() => `cancelled ${plan.run}; under way were: ${released.join(", ") || "none"}`);
  }

  async #landAll(plan: RunPlan): Promise<ShardEnd[]> {
    const ends: ShardEnd[] = [];
    const context = this.#context(plan);
    await runShards(shardsOf(plan), {
      jobs: 2,
      attempts: 3,
      minDelayMs: 1_000,
      maxDelayMs: 10_000,
      clock: this.#process.clock,
      signal: this.#stop.signal,
      land: (shard) => landClaimed(shard, context),
      settled: (shard, end) => {
        ends.push(end);
        this.#settled(shard, end);
      },
      retried: (shard, attempt, error) => this.#say(() => `tries ${shard.id} again, attempt ${attempt}, after: ${error.message}`),
    });
    this.#finished(await finishWhenWhole(this.#sink, plan, PUBLISH));
    return ends;
  }

  #context(plan: RunPlan): RunContext {
    const { world, reading } = this.#scene;
    return {
      sink: this.#sink,
      plan,
      actor: this.#actor,
      signal: this.#stop.signal,
      replace: this.#wish.replace,
      replacing: (shard, before) => this.#say(() => `is about to replace what ${before.run} landed for ${shard.id}`),
      prepare: preparer(world, this.#process, this.#sink, this.#wish.kind, reading),
    };
  }

  /** As `run/plan-run.ts` does it, without a source. */
  async #makePlan(): Promise<RunPlan> {
    const sink = this.#sink;
    await openLedger(sink, OBJECT);
    const { plannedAt } = await registerPlan(sink, OBJECT, null);
    const { plan, created } = await createPlan(sink, planOf(this.#wish, sink.url, plannedAt));
    this.#say(() => `${created ? "has planned" : "goes on with"} ${plan.run}`);
    return plan;
  }

  async #plan(): Promise<RunPlan> {
    const plan = await readPlan(this.#sink, OBJECT, this.#wish.run as RunId);
    if (plan === null) throw new BronzeError("USAGE", `there is no plan of ${this.#wish.run}`);
    return plan;
  }

  #settled(shard: Shard, end: ShardEnd): void {
    const { invariants } = this.#scene;
    if (end.outcome === "landed") invariants.saysLanded(this.#process.name, end.manifest);
    if (end.outcome === "failed") invariants.saysFailed(this.#process.name, end.error);
    this.#say(() => {
      if (end.outcome === "failed") return `says ${shard.id} failed: ${end.error.message}`;
      return `says ${shard.id} ${end.outcome}${end.outcome === "landed" ? ` as ${end.manifest.token}` : ""}`;
    });
  }

  #finished(finished: Finished): void {
    if (finished === null) return;
    const { publication } = finished;
    if (publication.published) this.#scene.invariants.saysPublished(this.#process.name, publication.current.run);
    this.#say(() =>
      publication.published ? `says ${publication.current.run} is published` : `didn't publish: ${publication.reason}`,
    );
  }

  #say(what: () => string): void {
    this.#scene.world.tell(this.#process.name, what);
  }
}
