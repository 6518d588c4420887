import { BronzeError } from "../model/errors.ts";
import type { Condition, ObjectInfo, ObjectWriter, Sealed, Timely } from "./sink.ts";

/** What a store does to build one object; {@link toWriter} makes the contract's states out of it. */
export interface Draft {
  append(chunk: Uint8Array): Promise<void>;
  /** Called at most once, after the last `append`. */
  seal(): Promise<Sealed>;
  /** Makes the object visible, whole. Called again when it failed. */
  publish(condition: Condition | undefined, inTime: Timely["inTime"]): Promise<ObjectInfo>;
  /** Asks `append` or `seal` to end soon. Never throws. */
  cancel(): void;
  /** Removes every trace. Called at most once, and never while another call runs. @throws BronzeError that says what is left */
  discard(): Promise<void>;
}

/**
 * The states of a writer: open → sealed → published, or → discarded from open and sealed. A failure of `write` or `seal`, `abort()`
 * and the signal all discard, exactly once, and the call that failed rejects only when nothing is left.
 */
export function toWriter(draft: Draft, key: string, signal: AbortSignal | undefined): ObjectWriter {
  let sealed: Sealed | null = null;
  let published = false;
  let underWay: Promise<unknown> | null = null;
  let discarding: Promise<void> | null = null;
  let failure: BronzeError | null = null;

  const abort = (): Promise<void> => {
    if (published) return Promise.resolve();
    discarding ??= (async () => {
      draft.cancel();
      await underWay?.catch(() => {});
      signal?.removeEventListener("abort", onSignal);
      if (!published) await draft.discard();
    })();
    return discarding;
  };

  function onSignal(): void {
    failure ??= new BronzeError("CANCELLED", `cancelled while writing ${key}`, { context: { key }, cause: signal?.reason });
    // The next call waits for this and hears about it.
    abort().catch(() => {});
  }

  /** Waits until nothing is left. @returns what the call that finds the writer discarded throws */
  async function discarded(): Promise<BronzeError> {
    const leftover = await abort().then(
      () => null,
      (error: unknown) => error,
    );
    failure ??= new BronzeError("CANCELLED", `the write of ${key} was aborted`, { context: { key } });
    return leftover === null
      ? failure
      : failure.within({ leftover: leftover instanceof Error ? leftover.message : String(leftover) });
  }

  /** Runs one call, unless the writer is discarded already. */
  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (underWay !== null) throw new Error(`a call on the writer of ${key} while the last one hasn't settled`);
    if (published) throw new Error(`${key} is already published`);
    if (discarding !== null) throw await discarded();
    const running = work();
    underWay = running;
    try {
      return await running;
    } catch (error) {
      throw error instanceof BronzeError ? error : new BronzeError("SINK_FAILED", `can't write ${key}`, { cause: error });
    } finally {
      underWay = null;
    }
  }

  /** Runs a call whose failure ends the write. */
  async function runOrDiscard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await run(work);
    } catch (error) {
      if (!(error instanceof BronzeError)) throw error;
      failure ??= error;
      throw await discarded();
    }
  }

  async function seal(): Promise<Sealed> {
    if (sealed !== null && discarding === null) return sealed;
    sealed = await runOrDiscard(() => draft.seal());
    return sealed;
  }

  if (signal?.aborted) onSignal();
  else signal?.addEventListener("abort", onSignal, { once: true });

  return {
    write: (chunk) => {
      if (sealed !== null && discarding === null) return Promise.reject(new Error(`${key} is already sealed`));
      return runOrDiscard(() => draft.append(chunk));
    },
    seal,
    publish: async (condition, { inTime } = {}) => {
      if (!published) await seal();
      return run(async () => {
        assertInTime(key, inTime);
        const info = await draft.publish(condition, inTime);
        published = true;
        signal?.removeEventListener("abort", onSignal);
        return info;
      });
    },
    abort,
  };
}

/** @throws BronzeError SINK_FAILED when there is no time any more */
export function assertInTime(key: string, inTime: Timely["inTime"]): void {
  if (inTime === undefined || inTime()) return;
  throw new BronzeError("SINK_FAILED", `${key} was left as it is: this process came too late to change it`, {
    hint: "It stood still, or its requests failed, for minutes. Run it again.",
    retryable: true,
    context: { key },
  });
}
