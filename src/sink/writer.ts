import { BronzeError } from "../model/errors.ts";
import type { ObjectInfo, ObjectWriter } from "./sink.ts";

/** What a store does to build one object; {@link toWriter} makes the contract's states out of it. */
export interface Draft {
  append(chunk: Uint8Array): Promise<void>;
  /** Makes the object visible, whole. */
  publish(): Promise<ObjectInfo>;
  /** Asks whatever is under way to end soon. Never throws. */
  cancel(): void;
  /** Removes every trace. Called at most once, and never while `append` or `publish` runs. */
  discard(): Promise<void>;
}

/**
 * The states of a writer: open → published, or open → discarded. A failure, `abort()` and the signal all discard, exactly once, and the
 * call that failed rejects only when nothing is left.
 */
export function toWriter(draft: Draft, key: string, signal: AbortSignal | undefined): ObjectWriter {
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
    // Whoever writes next, or closes, waits for this and hears about it.
    abort().catch(() => {});
  }

  async function step<T>(work: () => Promise<T>): Promise<T> {
    if (underWay !== null) throw new Error(`write or close of ${key} while the last call hasn't settled`);
    if (published) throw new Error(`${key} is already published`);
    if (discarding === null) {
      const running = work();
      underWay = running;
      try {
        return await running;
      } catch (error) {
        failure ??= error instanceof BronzeError ? error : new BronzeError("SINK_FAILED", `can't write ${key}`, { cause: error });
      } finally {
        underWay = null;
      }
    }
    const leftover = await abort().then(
      () => null,
      (error: unknown) => error,
    );
    failure ??= new BronzeError("CANCELLED", `the write of ${key} was aborted`, { context: { key } });
    throw leftover === null
      ? failure
      : failure.within({ leftover: leftover instanceof Error ? leftover.message : String(leftover) });
  }

  if (signal?.aborted) onSignal();
  else signal?.addEventListener("abort", onSignal, { once: true });

  return {
    write: (chunk) => step(() => draft.append(chunk)),
    close: () =>
      step(async () => {
        const info = await draft.publish();
        published = true;
        signal?.removeEventListener("abort", onSignal);
        return info;
      }),
    abort,
  };
}
