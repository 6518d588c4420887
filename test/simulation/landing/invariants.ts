import type { Current } from "../../../src/ledger/current.ts";
import type { Landing } from "../../../src/ledger/landing.ts";
import type { ShardManifest } from "../../../src/ledger/manifest.ts";
import { landingKey } from "../../../src/ledger/paths.ts";
import type { RunPlan } from "../../../src/ledger/plan.ts";
import type { Receipt } from "../../../src/ledger/receipts.ts";
import { BronzeError, type ErrorCode } from "../../../src/model/errors.ts";
import type { Change, Stored } from "../world/store.ts";
import { Violation, type World } from "../world/world.ts";
import { meaningOf, OBJECT } from "./facts.ts";
import { fileWith } from "./tables.ts";

/** docs/landing.md: an intent's objects come so soon or never. */
const INTENTS_OVER_MS = 25 * 60_000;

/** What no simulated process has a reason to say. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set(["SINK_INVALID", "LEDGER_CORRUPT", "LEDGER_VERSION"]);

/** The invariants of docs/landing.md, checked at each change of the store, as far as the change can touch them. */
export class Invariants {
  readonly #world: World;
  readonly #landings = new Map<string, Landing>();
  /** Key of a data object → key of the landing record that a manifest for it stands in. */
  readonly #landingOf = new Map<string, string>();
  /** Key of a shard → its landing records: one, as long as nobody is wrong. */
  readonly #recordsOf = new Map<string, Map<string, Stored>>();
  readonly #plans = new Map<string, RunPlan>();
  readonly #committed = new Set<string>();
  readonly #published = new Set<string>();
  #current: Current | null = null;
  /** Runs that land over anything, as they were told to. */
  readonly replacing = new Set<string>();
  /** Keys of landing records that they landed over: there nothing is promised any more but that manifest and object agree. */
  readonly #replaced = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    world.watchers.push((change) => this.#changed(change));
  }

  get current(): Current | null {
    return this.#current;
  }

  plan(run: string): RunPlan | undefined {
    return this.#plans.get(run);
  }

  /** Invariant d, when a process says that a shard has landed. */
  saysLanded(who: string, manifest: ShardManifest): void {
    this.#world.guard(() => {
      if (this.#committed.has(manifest.token)) return;
      throw new Violation(
        "d",
        `${who} says that ${manifest.run} landed ${manifest.shard} as ${manifest.token}, which no record ever said`,
      );
    });
  }

  /** Invariant d, when a process says that a run is published. */
  saysPublished(who: string, run: string): void {
    this.#world.guard(() => {
      if (!this.#published.has(run)) throw new Violation("d", `${who} says that ${run} is published, and it never was`);
    });
  }

  /** Invariant e, when a process gives up: nothing in these worlds is wrong for good but the source, and who says so isn't run again. */
  saysFailed(who: string, error: unknown): void {
    this.#world.guard(() => {
      if (error instanceof BronzeError && !HOPELESS.has(error.code) && !isOurFault(error)) return;
      throw new Violation("e", `${who} gives up for good: ${error instanceof BronzeError ? error.message : String(error)}`);
    });
  }

  #changed(change: Change): void {
    const { key, by } = change;
    const meaning = meaningOf(change);
    switch (meaning.of) {
      case "data":
        this.#dataChanged(change);
        break;
      case "landing":
        if (meaning.after === null) this.#recordDeleted(change, meaning.before!);
        else this.#landingChanged(change, meaning.before, meaning.after);
        break;
      case "current":
        if (meaning.after === null) throw new Violation("c", `${by} deleted current.json`);
        this.#currentChanged(change, meaning.before, meaning.after);
        break;
      case "plan":
        if (meaning.before !== null || meaning.after === null) throw new Violation("c", `${by} changed the plan ${key}`);
        this.#plans.set(meaning.after.run, meaning.after);
        break;
      case "receipt":
        if (meaning.after !== null) this.#receiptWritten(change, meaning.after);
    }
  }

  #dataChanged({ key, before, after, by }: Change): void {
    const record = this.#landingOf.get(key);
    const landing = record === undefined ? undefined : this.#landings.get(record);
    if (landing !== undefined) this.#checkObject(key, landing);
    if (after === null && before !== null) this.#checkDeletion(key, by, landing);
    this.#checkOwn(record);
  }

  /** f: only gc deletes, and only what nobody vouches for. */
  #checkDeletion(key: string, by: string, landing: Landing | undefined): void {
    if (!by.startsWith("gc")) throw new Violation("f", `${by} deleted ${key}, and nothing in landing may delete`);
    const now = this.#world.storeTime().getTime();
    for (const { at, token, manifest } of landing?.intents ?? []) {
      const isOpen = now - Date.parse(at) < INTENTS_OVER_MS && manifest.files.some((file) => file.key === key);
      if (isOpen) throw new Violation("f", `${by} deleted ${key}, for which the intent of ${token} vouches`);
    }
  }

  #recordDeleted({ key, by }: Change, before: Landing): void {
    const isNeeded = before.manifest !== null || before.intents.length > 0;
    if (isNeeded || !by.startsWith("gc")) throw new Violation("f", `${by} deleted the landing record ${key}`);
    this.#landings.delete(key);
    this.#recordsOf.get(before.key)?.delete(key);
  }

  #landingChanged(change: Change, before: Landing | null, after: Landing): void {
    const { key, by } = change;
    this.#landings.set(key, after);
    this.#checkSole(change, after);
    for (const file of after.manifest?.files ?? []) this.#landingOf.set(file.key, key);
    for (const { manifest } of after.intents) for (const file of manifest.files) this.#landingOf.set(file.key, key);
    if (before !== null && after.seq <= before.seq)
      throw new Violation("b", `${by} wrote ${key} with seq ${after.seq} after ${before.seq}`);
    this.#checkHolder(change, before, after);
    if (after.manifest !== null && after.manifest.token !== before?.manifest?.token) {
      const { token } = after.manifest;
      if (before?.holder?.token !== token) {
        throw new Violation("b", `${by} committed ${token} to ${key}, which ${before?.holder?.token ?? "nobody"} holds`);
      }
      this.#committed.add(token);
      if (this.replacing.has(after.manifest.run)) this.#replaced.add(key);
    }
    if (before?.manifest && after.manifest === null) throw new Violation("a", `${by} took the manifest out of ${key}`);
    for (const file of after.manifest?.files ?? []) this.#checkObject(file.key, after);
    if (after.manifest !== before?.manifest) this.#checkPublished();
    this.#checkOwn(key);
  }

  /** b: nobody takes a key from a holder whose lease isn't over by the store's clock. */
  #checkHolder({ key, by, before: stored }: Change, before: Landing | null, after: Landing): void {
    const held = before?.holder ?? null;
    if (held === null || after.holder === null || after.holder.token === held.token) return;
    const ageMs = this.#world.loop.now - stored!.modifiedMs;
    if (held.owner !== after.holder.owner && ageMs < held.lease_ms) {
      throw new Violation(
        "b",
        `${by} took ${key} from ${held.owner} after ${Math.round(ageMs)} ms of a lease of ${held.lease_ms} ms`,
      );
    }
  }

  /** b: of all records for one data key, whatever their names, one has a holder whose lease isn't over. */
  #checkSole({ key, by, after: stored }: Change, after: Landing): void {
    const records = this.#recordsOf.get(after.key) ?? new Map<string, Stored>();
    this.#recordsOf.set(after.key, records.set(key, stored!));
    if (after.holder === null || records.size === 1) return;
    for (const [other, { modifiedMs }] of records) {
      const held = this.#landings.get(other)?.holder ?? null;
      if (other === key || held === null || this.#world.loop.now - modifiedMs >= held.lease_ms) continue;
      throw new Violation("b", `${by} holds ${after.key} by ${key}, and ${held.owner} holds it by ${other}`);
    }
  }

  /** a: the object is byte for byte what the manifest says, or what one of the intents says. */
  #checkObject(key: string, { manifest, intents }: Landing): void {
    const file = manifest?.files.find((one) => one.key === key);
    if (file === undefined) return;
    const stored = this.#world.store.objects.get(key);
    if (stored === undefined) throw new Violation("a", `${key} is gone, for which manifest ${manifest!.token} vouches`);
    if (isFile(stored, file.sha256)) return;
    for (const intent of intents) {
      const intended = intent.manifest.files.find((one) => one.key === key);
      if (intended !== undefined && isFile(stored, intended.sha256)) return;
    }
    throw new Violation(
      "a",
      `${key} is "${text(stored)}" (token ${stored.token}), and its manifest ${manifest!.token} vouches for "${text(fileWith(file.sha256))}"`,
    );
  }

  #currentChanged({ by }: Change, before: Current | null, after: Current): void {
    this.#current = after;
    const { published: was } = before ?? { published: null };
    const { published: is } = after;
    if (is !== null) this.#published.add(is.run);
    if (was !== null && is === null) throw new Violation("c", `${by} took back what is published`);
    if (was !== null && is !== null && compareSnapshots(is, was) < 0) {
      throw new Violation("c", `${by} moved current.json from ${was.run} back to ${is.run}`);
    }
    this.#checkPublished();
  }

  /** c: the published run is whole: each of its shards is its own, or landed since by a run of its kind that was planned later. */
  #checkPublished(): void {
    const published = this.#current?.published ?? null;
    const plan = published === null ? undefined : this.#plans.get(published.run);
    for (const { id, key } of plan?.shards ?? []) {
      const record = landingKey(OBJECT, key);
      const manifest = this.#landings.get(record)?.manifest ?? null;
      if (published!.absent.includes(id) || this.#replaced.has(record)) continue;
      if (manifest === null) throw new Violation("c", `${plan!.run} is published, and its shard ${id} has not landed`);
      if (manifest.run !== plan!.run) checkSuccessor(plan!, manifest);
      for (const file of manifest.files) this.#checkKind(file.key, plan!);
    }
  }

  /** c, for the objects of one landing: those of a published run are of its kind, whatever the manifests say. */
  #checkOwn(record: string | undefined): void {
    const published = this.#current?.published ?? null;
    const plan = published === null ? undefined : this.#plans.get(published.run);
    const landing = record === undefined ? undefined : this.#landings.get(record);
    if (plan === undefined || landing === undefined || this.#replaced.has(record!)) return;
    const shard = plan.shards.find(({ key }) => key === landing.key);
    if (shard === undefined || published!.absent.includes(shard.id)) return;
    for (const file of landing.manifest?.files ?? []) this.#checkKind(file.key, plan);
  }

  #checkKind(key: string, plan: RunPlan): void {
    const stored = this.#world.store.objects.get(key);
    if (stored === undefined || kindOf(stored) === kindOfPlan(plan) || this.#isReplacing(key)) return;
    // A request of a landing that was answered, and arrives once more: the record has its intent.
    if (this.#committed.has(stored.token?.split(".")[0] ?? "")) return;
    throw new Violation("c", `${plan.run} is published, and its object ${key} is "${text(stored)}", of another config`);
  }

  /** Somebody who was told to land over anything is about to. */
  #isReplacing(key: string): boolean {
    const record = this.#landingOf.get(key);
    const intents = record === undefined ? [] : (this.#landings.get(record)?.intents ?? []);
    return intents.some(({ manifest }) => this.replacing.has(manifest.run));
  }

  /** A receipt says what a landing record said before. */
  #receiptWritten({ by }: Change, { token, run, shard }: Receipt): void {
    if (!this.#committed.has(token))
      throw new Violation("d", `${by} wrote a receipt of ${run} for ${shard}, which no record ever said`);
  }
}

function checkSuccessor(plan: RunPlan, manifest: ShardManifest): void {
  const whose = `${plan.run} is published, and its shard ${manifest.shard} is of ${manifest.run}, which`;
  if (compareSnapshots(manifest, plan) < 0) throw new Violation("c", `${whose} was planned earlier`);
  if (manifest.config_digest !== plan.config_digest) throw new Violation("c", `${whose} has another config`);
}

/** An error that no code foresaw; a refusal has no cause. */
const isOurFault = ({ code, cause }: BronzeError): boolean => code === "SHARD_FAILED" && cause !== undefined;

function isFile(stored: Stored, sha256: string): boolean {
  const file = fileWith(sha256);
  return file !== undefined && (stored.body === file.body || Buffer.compare(stored.body, file.body) === 0);
}

function text(file: { readonly body: Uint8Array } | undefined): string {
  return file === undefined ? "?" : Buffer.from(file.body.subarray(5, -9)).toString();
}

const kindOf = (stored: Stored): string | undefined => / of kind (\w+) /.exec(Buffer.from(stored.body).toString("latin1"))?.[1];

/** By day, then by when they were planned. The code's own order may be what is wrong. */
function compareSnapshots(a: Snapshot, b: Snapshot): number {
  const [left, right] = [a, b].map(({ snapshot_dt, planned_at, run }) => `${snapshot_dt} ${planned_at} ${run}`);
  return left! < right! ? -1 : left! > right! ? 1 : 0;
}

type Snapshot = Pick<RunPlan, "run" | "planned_at"> & { readonly snapshot_dt: string };

/** The config's digest says which kind of file it makes. */
export const kindOfPlan = ({ config_digest }: Pick<RunPlan, "config_digest">): string => config_digest[0]!;
