import { BronzeError } from "../model/errors.ts";
import type { Sink } from "../sink/sink.ts";
import type { Actor } from "./actor.ts";
import { changesAllTheTime, isConflict, readVersioned, type Versioned, writeDocument } from "./document.ts";
import type { ShardError } from "./fields.ts";
import { committed, type Holder, type Intent, type Landing, LandingSchema } from "./landing.ts";
import type { ShardManifest } from "./manifest.ts";

/** Changes of a claim that meet this process's own late writes: more in a row are no accident. */
const MOST_CONFLICTS = 5;

/**
 * A data key that this process holds, until it commits, gives it back, or somebody takes it over. Every change is a compare-and-swap of the
 * landing record, so a process that lost the claim changes nothing any more.
 */
export class Claim {
  readonly #sink: Sink;
  readonly #key: string;
  readonly #actor: Actor;
  readonly #holder: Holder;
  readonly #lost = new AbortController();
  #current: Versioned<Landing>;
  /** Until when nobody else takes the key, on this process's two clocks. */
  #heldUntil: { monotonic: number; wall: number };
  #turn: Promise<unknown> = Promise.resolve();
  #heartbeat: { cancel(): void } | null = null;
  #isRenewing = false;
  #isOver = false;

  /** @param sentAt the actor's clocks before the request that took the claim was sent */
  constructor(sink: Sink, key: string, actor: Actor, taken: Versioned<Landing>, sentAt: { monotonic: number; wall: number }) {
    if (taken.value.holder === null) throw new Error(`nobody holds ${key}`);
    this.#sink = sink;
    this.#key = key;
    this.#actor = actor;
    this.#current = taken;
    this.#holder = taken.value.holder;
    this.#heldUntil = this.#after(sentAt);
  }

  /** The record as this process last wrote it. */
  get landing(): Landing {
    return this.#current.value;
  }

  get token(): string {
    return this.#holder.token;
  }

  get attempt(): number {
    return this.#holder.attempt;
  }

  /** Aborted, with the reason, when the claim was lost: whoever works under it stops. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Renews three times in a lease, and gives the claim up when it couldn't for a whole one. */
  keepAlive(): void {
    const { clock, leaseMs } = this.#actor;
    this.#heartbeat ??= clock.every(leaseMs / 6, () => {
      if (this.#isOver || this.#lost.signal.aborted) return this.#rest();
      if (this.#isExpired()) return void this.#lose("its lease ended before it could be renewed");
      if (this.#isRenewing || !this.#hasAged()) return;
      this.#isRenewing = true;
      void this.renew()
        .catch(() => {})
        .finally(() => {
          this.#isRenewing = false;
        });
    });
  }

  /** Begins the lease anew. @throws BronzeError SINK_CONFLICT when the claim was lost */
  async renew(): Promise<void> {
    await this.#change((landing) => ({ ...landing, holder: this.#renewed() }));
  }

  /** {@link renew}, when a third of the lease has passed. */
  async renewIfAged(): Promise<void> {
    if (this.#hasAged()) await this.renew();
    else this.#checkHeld();
  }

  /** Records that the objects may become those of `manifest`, before they do. @param base for each data object the etag it replaces */
  async intend(manifest: ShardManifest, base: Intent["base"]): Promise<void> {
    const at = (await this.#sink.now()).toISOString();
    await this.#change((landing) => ({
      ...landing,
      holder: this.#renewed(),
      intents: [
        ...landing.intents.filter(({ token }) => token !== manifest.token),
        { token: manifest.token, at, base, manifest },
      ],
    }));
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
    if (this.#isOver || this.#lost.signal.aborted) return;
    const { owner, run, shard, attempt, claimed_at } = this.#holder;
    const at = new Date(this.#actor.clock.now()).toISOString();
    const ended = { outcome, owner, run, shard, attempt, claimed_at, at, error };
    await this.#end((landing) => ({ ...landing, holder: null, ended })).catch((failure) => {
      if (!isConflict(failure)) throw failure;
    });
  }

  /** The last change of all. */
  #end(change: (landing: Landing) => Landing): Promise<void> {
    return this.#change(change, true);
  }

  /** One change after another: each needs the etag of the one before. */
  #change(change: (landing: Landing) => Landing, isLast = false): Promise<void> {
    const turn = this.#turn.then(async () => {
      // A renewal that waited for the claim's end would take the key again.
      if (this.#isOver) return;
      await this.#swap(change);
      if (isLast) this.#finish();
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #finish(): void {
    this.#isOver = true;
    this.#rest();
  }

  async #swap(change: (landing: Landing) => Landing): Promise<void> {
    for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts++) {
      this.#checkHeld();
      const sentAt = this.#clocks();
      const next = { ...change(this.#current.value), seq: this.#current.value.seq + 1 };
      try {
        this.#current = await writeLanding(this.#sink, this.#key, next, { etag: this.#current.etag });
        this.#heldUntil = this.#after(sentAt);
        return;
      } catch (error) {
        if (!isConflict(error)) throw error;
        // An earlier write of this process, whose answer was lost, may have changed the record: that is no stranger.
        const found = await readVersioned(this.#sink, this.#key, LandingSchema);
        if (found?.value.manifest?.token === this.token) {
          this.#current = found;
          this.#finish();
          return;
        }
        if (found?.value.holder?.token !== this.token) throw this.#lose("another process took it over", error);
        this.#current = found;
      }
    }
    throw changesAllTheTime(this.#sink, this.#key);
  }

  #checkHeld(): void {
    if (this.#lost.signal.aborted) throw this.#lost.signal.reason;
    if (this.#isExpired()) throw this.#lose("its lease ended before it could be renewed");
  }

  #lose(reason: string, cause?: unknown): BronzeError {
    const { shard, run } = this.#holder;
    const error = new BronzeError("SINK_CONFLICT", `This process no longer holds shard ${shard}: ${reason}`, {
      hint: "It was silent for longer than its lease. Another process lands the shard, or running it again does.",
      context: { object: this.#current.value.object, run, shard },
      retryable: true,
      cause,
    });
    this.#rest();
    this.#lost.abort(error);
    return error;
  }

  #rest(): void {
    this.#heartbeat?.cancel();
    this.#heartbeat = null;
  }

  #renewed(): Holder {
    return { ...this.#holder, renewed_at: new Date(this.#actor.clock.now()).toISOString() };
  }

  #clocks(): { monotonic: number; wall: number } {
    return { monotonic: this.#actor.clock.monotonic(), wall: this.#actor.clock.now() };
  }

  #after({ monotonic, wall }: { monotonic: number; wall: number }): { monotonic: number; wall: number } {
    return { monotonic: monotonic + this.#actor.leaseMs, wall: wall + this.#actor.leaseMs };
  }

  /** A suspended machine stops one of the clocks: the lease is over when either says so. */
  #isExpired(): boolean {
    const { monotonic, wall } = this.#clocks();
    return monotonic >= this.#heldUntil.monotonic || wall >= this.#heldUntil.wall;
  }

  #hasAged(): boolean {
    const { leaseMs, clock } = this.#actor;
    return clock.monotonic() >= this.#heldUntil.monotonic - (leaseMs * 2) / 3;
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
