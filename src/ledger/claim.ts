import { BronzeError } from "../model/errors.ts";
import type { Sink } from "../sink/sink.ts";
import type { Actor } from "./actor.ts";
import { changesAllTheTime, isConflict, readVersioned, type Versioned, writeDocument } from "./document.ts";
import type { ShardError } from "./fields.ts";
import { committed, type Holder, type Intent, type Landing, LandingSchema, PUBLISH_MS } from "./landing.ts";
import { clocksOf, Lease, type LeasedDocument } from "./lease.ts";
import type { ShardManifest } from "./manifest.ts";

/**
 * A data key that this process holds, until it commits, gives it back, or somebody takes it over. Every change is a compare-and-swap of the
 * landing record, so a process that lost the claim changes nothing any more.
 */
export class Claim {
  readonly #sink: Sink;
  readonly #actor: Actor;
  readonly #holder: Holder;
  readonly #lease: Lease<Landing>;
  /** This process's two clocks before the latest intent; null before any. */
  #intendedAt: ReturnType<typeof clocksOf> | null = null;

  /** @param sentAt the actor's clocks before the request that took the claim was sent */
  constructor(sink: Sink, key: string, actor: Actor, taken: Versioned<Landing>, sentAt: { monotonic: number; wall: number }) {
    if (taken.value.holder === null) throw new Error(`nobody holds ${key}`);
    this.#sink = sink;
    this.#actor = actor;
    this.#holder = taken.value.holder;
    this.#lease = new Lease(this.#document(key, taken.value.object), actor, taken, sentAt);
  }

  /** The record as this process last wrote it. */
  get landing(): Landing {
    return this.#lease.value;
  }

  get token(): string {
    return this.#holder.token;
  }

  get attempt(): number {
    return this.#holder.attempt;
  }

  /** Aborted, with the reason, when the claim was lost: whoever works under it stops. */
  get lost(): AbortSignal {
    return this.#lease.lost;
  }

  /** Renews three times in a lease, and gives the claim up when it couldn't for a whole one. */
  keepAlive(): void {
    this.#lease.keepAlive();
  }

  /** Begins the lease anew. @throws BronzeError SINK_CONFLICT when the claim was lost */
  renew(): Promise<void> {
    return this.#lease.renew();
  }

  /** {@link renew}, when a third of the lease has passed. */
  renewIfAged(): Promise<void> {
    return this.#lease.renewIfAged();
  }

  /** Records that the objects may become those of `manifest`, before they do. @param base for each data object the etag it replaces */
  async intend(manifest: ShardManifest, base: Intent["base"]): Promise<void> {
    const intendedAt = clocksOf(this.#actor);
    const at = (await this.#sink.now()).toISOString();
    await this.#lease.change((landing) => ({
      ...landing,
      holder: this.#renewed(),
      intents: [
        ...landing.intents.filter(({ token }) => token !== manifest.token),
        { token: manifest.token, at, base, manifest },
      ],
    }));
    this.#intendedAt = intendedAt;
  }

  /** Whether the objects may still be sent: others wait for an intent only so long. A machine that slept stopped one of the clocks. */
  isInTime(): boolean {
    const { monotonic, wall } = clocksOf(this.#actor);
    const since = this.#intendedAt;
    return since === null || Math.max(monotonic - since.monotonic, wall - since.wall) < PUBLISH_MS;
  }

  /** The landing's last word: from here on the objects are those of `manifest`. @throws BronzeError SINK_CONFLICT when the claim was lost */
  async commit(manifest: ShardManifest): Promise<void> {
    const now = await this.#sink.now();
    await this.#end((landing) => committed(landing, manifest, now));
  }

  /** Gives the key back, with the reason; a claim that was lost is left as its new owner has it. */
  async fail(error: ShardError): Promise<void> {
    await this.#giveBack("failed", error);
  }

  async release(): Promise<void> {
    await this.#giveBack("released", null);
  }

  async #giveBack(outcome: "failed" | "released", error: ShardError | null): Promise<void> {
    if (this.#lease.isOver || this.lost.aborted) return;
    const { owner, run, shard, attempt, claimed_at } = this.#holder;
    const at = new Date(this.#actor.clock.now()).toISOString();
    const ended = { outcome, owner, run, shard, attempt, claimed_at, at, error };
    await this.#end((landing) => ({ ...landing, holder: null, ended })).catch((failure) => {
      if (!isConflict(failure)) throw failure;
    });
  }

  /** The last change of all. */
  #end(change: (landing: Landing) => Landing): Promise<void> {
    return this.#lease.change(change, true);
  }

  #renewed(): Holder {
    return { ...this.#holder, renewed_at: new Date(this.#actor.clock.now()).toISOString() };
  }

  #document(key: string, object: string): LeasedDocument<Landing> {
    const { shard, run } = this.#holder;
    return {
      read: () => readVersioned(this.#sink, key, LandingSchema),
      write: (landing, condition) => writeLanding(this.#sink, key, landing, condition),
      renewed: (landing) => ({ ...landing, holder: this.#renewed() }),
      standing: (landing) => {
        if (landing?.manifest?.token === this.token) return "ended";
        return landing?.holder?.token === this.token ? "held" : "lost";
      },
      lostError: (reason, cause) =>
        new BronzeError("SINK_CONFLICT", `This process no longer holds shard ${shard}: ${reason}`, {
          hint: "It was silent for longer than its lease. Another process lands the shard, or running it again does.",
          context: { object, run, shard },
          retryable: true,
          cause,
        }),
      contendedError: () => changesAllTheTime(this.#sink, key),
    };
  }
}

/** A claim that a loss of power takes away is one that its dead owner would have lost: unless it holds a manifest or an intent, it may be transient. */
export function writeLanding(
  sink: Sink,
  key: string,
  landing: Landing,
  condition: "absent" | { readonly etag: string },
): Promise<Versioned<Landing>> {
  const transient = landing.manifest === null && landing.intents.length === 0;
  return writeDocument(sink, key, LandingSchema, landing, condition, { transient });
}
