import type { BronzeError } from "../model/errors.ts";
import type { Actor } from "./actor.ts";
import { isConflict, type Versioned } from "./document.ts";

/** Changes of a document that meet this process's own late writes: more in a row are no accident. */
const MOST_CONFLICTS = 5;

/** A document that has one holder at a time, who says so in it. */
export interface LeasedDocument<D> {
  read(): Promise<Versioned<D> | null>;
  write(value: D, condition: { readonly etag: string }): Promise<Versioned<D>>;
  /** The document with its holder's lease begun anew. */
  renewed(value: D): D;
  /** What it says of this holder, where somebody changed it. `ended`: the holder's own last word was written, though its answer was lost. */
  standing(value: D | null): "held" | "ended" | "lost";
  /** What a holder that lost its lease is told. */
  lostError(reason: string, cause?: unknown): BronzeError;
  /** What it is told when others change the document all the time. */
  contendedError(): BronzeError;
}

/**
 * The say over one document, until its holder gives it back or somebody takes it over. Every change is a compare-and-swap, so a process
 * that lost its lease changes nothing any more.
 */
export class Lease<D extends { readonly seq: number }> {
  readonly #document: LeasedDocument<D>;
  readonly #actor: Actor;
  readonly #lost = new AbortController();
  #current: Versioned<D>;
  /** Until when nobody else takes it, on this process's two clocks. */
  #heldUntil: { monotonic: number; wall: number };
  #turn: Promise<unknown> = Promise.resolve();
  #heartbeat: { cancel(): void } | null = null;
  #isRenewing = false;
  #isOver = false;

  /** @param sentAt the actor's clocks before the request that took the lease was sent */
  constructor(
    document: LeasedDocument<D>,
    actor: Actor,
    taken: Versioned<D>,
    sentAt: { readonly monotonic: number; readonly wall: number },
  ) {
    this.#document = document;
    this.#actor = actor;
    this.#current = taken;
    this.#heldUntil = this.#after(sentAt);
  }

  /** The document as this process last wrote it. */
  get value(): D {
    return this.#current.value;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Aborted, with the reason, when the lease was lost: whoever works under it stops. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Renews three times in a lease, and gives it up when it couldn't for a whole one. */
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

  /** Begins the lease anew. @throws BronzeError SINK_CONFLICT when it was lost */
  async renew(): Promise<void> {
    await this.change((value) => this.#document.renewed(value));
  }

  /** {@link renew}, when a third of the lease has passed. */
  async renewIfAged(): Promise<void> {
    if (this.#hasAged()) await this.renew();
    else this.#checkHeld();
  }

  /** One change after another: each needs the etag of the one before. @param isLast the lease ends with it */
  change(change: (value: D) => D, isLast = false): Promise<void> {
    const turn = this.#turn.then(async () => {
      // A renewal that waited for the lease's end would take it again.
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

  async #swap(change: (value: D) => D): Promise<void> {
    for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts++) {
      this.#checkHeld();
      const sentAt = this.#clocks();
      const next = { ...change(this.#current.value), seq: this.#current.value.seq + 1 };
      try {
        this.#current = await this.#document.write(next, { etag: this.#current.etag });
        this.#heldUntil = this.#after(sentAt);
        return;
      } catch (error) {
        if (!isConflict(error)) throw error;
        // An earlier write of this process, whose answer was lost, may have changed the document: that is no stranger.
        const found = await this.#document.read();
        const standing = this.#document.standing(found?.value ?? null);
        if (standing === "ended") {
          this.#current = found!;
          this.#finish();
          return;
        }
        if (standing === "lost") throw this.#lose("another process took it over", error);
        this.#current = found!;
      }
    }
    throw this.#document.contendedError();
  }

  #checkHeld(): void {
    if (this.#lost.signal.aborted) throw this.#lost.signal.reason;
    if (this.#isExpired()) throw this.#lose("its lease ended before it could be renewed");
  }

  #lose(reason: string, cause?: unknown): BronzeError {
    const error = this.#document.lostError(reason, cause);
    this.#rest();
    this.#lost.abort(error);
    return error;
  }

  #rest(): void {
    this.#heartbeat?.cancel();
    this.#heartbeat = null;
  }

  #clocks(): { monotonic: number; wall: number } {
    return clocksOf(this.#actor);
  }

  #after({ monotonic, wall }: { readonly monotonic: number; readonly wall: number }): { monotonic: number; wall: number } {
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

/** The actor's two clocks, to be read before a request is sent that takes a lease. */
export function clocksOf({ clock }: Actor): { readonly monotonic: number; readonly wall: number } {
  return { monotonic: clock.monotonic(), wall: clock.now() };
}
