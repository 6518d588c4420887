import { BronzeError } from "../model/errors.ts";
import type { PutOptions, Sink } from "../sink/sink.ts";
import { type ShardClaim, ShardClaimSchema } from "./claim.ts";
import { isConflict, readVersioned, type Versioned, writeDocument } from "./document.ts";
import type { ShardError } from "./summary.ts";

/** A claim that this process holds, until it ends it or somebody takes it over. */
export interface Lease {
  readonly attempt: number;
  /** Aborted, with the reason, when the claim was lost: whoever works under it stops. */
  readonly lost: AbortSignal;
  /** Puts off the end. @throws BronzeError SINK_CONFLICT when the claim was lost. */
  renew(): Promise<void>;
  /** Renews three times per lease, on a timer that doesn't keep the process alive, until the lease ends or is lost. */
  keepAlive(): void;
  /** Ends the claim. A claim that was lost is left as its new owner has it. */
  end(outcome: "landed" | "released"): Promise<void>;
  fail(error: ShardError): Promise<void>;
}

/** A claim that a loss of power takes away is one that its dead owner would have lost: it may be transient. @returns its etag. */
export function writeClaim(sink: Sink, key: string, claim: ShardClaim, condition: PutOptions["condition"]): Promise<string> {
  return writeDocument(sink, key, ShardClaimSchema, claim, condition, { transient: true });
}

export function createLease(
  sink: Sink,
  key: string,
  held: Versioned<ShardClaim>,
  { leaseMs, now }: { readonly leaseMs: number; readonly now: () => Date },
): Lease {
  const lost = new AbortController();
  let current = held;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<void> = Promise.resolve();

  /** One change after another: each needs the etag of the one before. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  }

  function lose(cause?: unknown): BronzeError {
    const { shard, run, object } = held.value;
    const error = new BronzeError("SINK_CONFLICT", `shard ${shard} was taken over by somebody else`, {
      hint: "This process was silent for longer than its lease. The other one lands the shard.",
      context: { object, run, shard },
      retryable: true,
      cause,
    });
    clearInterval(timer);
    lost.abort(error);
    return error;
  }

  async function change(fields: Partial<ShardClaim>): Promise<void> {
    if (lost.signal.aborted) throw lost.signal.reason;
    const at = now();
    const claim: ShardClaim = {
      ...current.value,
      heartbeat_at: at.toISOString(),
      expires_at: new Date(at.getTime() + leaseMs).toISOString(),
      ...fields,
    };
    try {
      current = { value: claim, etag: await writeClaim(sink, key, claim, { etag: current.etag }) };
    } catch (error) {
      if (!isConflict(error)) throw error;
      // A heartbeat whose answer was lost has changed the etag: that is no stranger.
      const found = await readVersioned(sink, key, ShardClaimSchema);
      const { owner, attempt } = held.value;
      if (found === null || found.value.owner !== owner || found.value.attempt !== attempt) throw lose(error);
      current = { value: claim, etag: await writeClaim(sink, key, claim, { etag: found.etag }) };
    }
  }

  function end(fields: Partial<ShardClaim>): Promise<void> {
    clearInterval(timer);
    return inTurn(async () => {
      if (ended || lost.signal.aborted) return;
      ended = true;
      await change(fields).catch((error) => {
        if (!isConflict(error)) throw error;
      });
    });
  }

  const renew = (): Promise<void> =>
    inTurn(async () => {
      if (!ended) await change({});
    });

  return {
    attempt: held.value.attempt,
    lost: lost.signal,
    renew,
    keepAlive: () => {
      clearInterval(timer);
      // One that fails is followed by the next; only when the store stays away longer than the lease does anybody take over.
      timer = setInterval(() => void renew().catch(() => {}), leaseMs / 3).unref();
    },
    end: (outcome) => end({ state: outcome }),
    fail: (error) => end({ state: "failed", error }),
  };
}
