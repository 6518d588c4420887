import { BronzeError } from "../model/errors.ts";
import type { Sink } from "../sink/sink.ts";
import type { Actor } from "./actor.ts";
import { freeAfterMs } from "./claim-states.ts";
import { changesAllTheTime, conditionOf, isConflict, readVersioned, type Versioned, writeDocument } from "./document.ts";
import { clocksOf, Lease, type LeasedDocument } from "./lease.ts";
import { submissionKey } from "./paths.ts";
import { createNext, type Handle, mergeHandles, type Submission, SubmissionSchema, stageOf } from "./submissions.ts";

type Holder = NonNullable<Submission["holder"]>;

/** A submission that this process hands to its engine, until it has done so, gives it back, or somebody cancels it or takes it over. */
export class HandOver {
  readonly #sink: Sink;
  readonly #lease: Lease<Submission>;
  readonly #made: Handle[] = [];

  constructor(
    sink: Sink,
    actor: Actor,
    taken: Versioned<Submission>,
    sentAt: { readonly monotonic: number; readonly wall: number },
  ) {
    if (taken.value.holder === null) throw new Error(`nobody hands over submission ${taken.value.number}`);
    this.#sink = sink;
    this.#lease = new Lease(this.#document(taken.value, actor), actor, taken, sentAt);
  }

  /** As this process last wrote it. */
  get submission(): Submission {
    return this.#lease.value;
  }

  /** What the engine made of it so far, as far as this process knows. */
  get handles(): Handle[] {
    return mergeHandles(this.submission.handles, this.#made);
  }

  /** Aborted, with the reason, when the submission was cancelled or taken over: nothing of it may be submitted any more. */
  get lost(): AbortSignal {
    return this.#lease.lost;
  }

  keepAlive(): void {
    this.#lease.keepAlive();
  }

  /** Notes what the engine made: the next renewal writes it down. */
  made(handle: Handle): void {
    this.#made.push(handle);
  }

  /** All of it is the engine's now. @throws BronzeError SINK_CONFLICT when it was cancelled or taken over */
  async finish(): Promise<void> {
    const at = (await this.#sink.now()).toISOString();
    const handles = this.handles;
    await this.#lease.change((now) => ({ ...now, handles, holder: null, handed_over_at: at }), true);
  }

  /** Somebody else may go on at once: nothing is open that the document doesn't say. */
  async giveBack(): Promise<void> {
    const handles = this.handles;
    await this.#lease
      .change((now) => ({ ...now, handles, holder: null }), true)
      .catch((failure) => {
        if (!isConflict(failure)) throw failure;
      });
  }

  #document(submission: Submission, actor: Actor): LeasedDocument<Submission> {
    const { object, run, number } = submission;
    const holder = submission.holder!;
    const key = submissionKey(object, run, number);
    return {
      read: () => readVersioned(this.#sink, key, SubmissionSchema),
      write: (value, condition) => writeDocument(this.#sink, key, SubmissionSchema, value, condition),
      renewed: (value) => ({ ...value, handles: this.handles, holder: holderOf(actor, holder.token) }),
      standing: (value) => {
        if (value?.holder?.token === holder.token) return "held";
        const isDone = value?.holder === null && value.cancelled_at === null && value.handed_over_at !== null;
        // Whoever took it over and finished it didn't know the jobs that this process made last.
        return isDone && mergeHandles(value.handles, this.#made).length === value.handles.length ? "ended" : "lost";
      },
      lostError: (reason, cause) =>
        new BronzeError("SINK_CONFLICT", `This process no longer hands over submission ${number} of run ${run}: ${reason}`, {
          hint: "It was cancelled, or this process was silent for longer than its lease. Run it again: it goes on with what is there.",
          context: { object, run, submission: number },
          retryable: true,
          cause,
        }),
      contendedError: () => changesAllTheTime(this.#sink, key),
    };
  }
}

/** Makes a submission, to be handed over by this process. @returns null when somebody else made the one of its number */
export async function beginHandOver(sink: Sink, actor: Actor, submission: Omit<Submission, "holder">): Promise<HandOver | null> {
  const sentAt = clocksOf(actor);
  const made = await createNext(sink, { ...submission, holder: holderOf(actor, actor.newToken()) });
  return made === null ? null : new HandOver(sink, actor, made, sentAt);
}

/**
 * Takes a submission that somebody began to hand over and didn't end.
 * @returns who is at it, and for how long at most, where their lease isn't over; null where it is another one by now: look again
 */
export async function takeHandOver(
  sink: Sink,
  actor: Actor,
  { object, run, number }: Submission,
): Promise<HandOver | { readonly owner: string; readonly freeInMs: number } | null> {
  const key = submissionKey(object, run, number);
  const found = await readVersioned(sink, key, SubmissionSchema);
  if (found === null) return null;
  const { holder } = found.value;
  const ageMs = holder === null ? 0 : (await sink.now()).getTime() - found.modified.getTime();
  const stage = stageOf(found.value, ageMs);
  if (stage === "handing over") return { owner: holder!.owner, freeInMs: Math.max(0, freeAfterMs(holder!) - ageMs) };
  if (stage !== "abandoned" && stage !== "interrupted") return null;
  const sentAt = clocksOf(actor);
  const own = holderOf(actor, actor.newToken());
  const next = { ...found.value, seq: found.value.seq + 1, holder: own };
  try {
    const taken = await writeDocument(sink, key, SubmissionSchema, next, conditionOf(found));
    return new HandOver(sink, actor, taken, sentAt);
  } catch (error) {
    if (!isConflict(error)) throw error;
    // The write may be this one, whose first answer was lost.
    const now = await readVersioned(sink, key, SubmissionSchema);
    return now?.value.holder?.token === own.token ? new HandOver(sink, actor, now, sentAt) : null;
  }
}

function holderOf(actor: Actor, token: string): Holder {
  return { owner: actor.owner, token, lease_ms: actor.leaseMs, renewed_at: new Date(actor.clock.now()).toISOString() };
}
