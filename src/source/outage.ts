import pRetry from "p-retry";
import { BronzeError } from "../model/errors.ts";
import { restartable, type SourceWatch } from "./restarts.ts";

/** How long a source may be away when nobody says otherwise: a restart or a failover takes minutes. */
export const MAX_OUTAGE_MS = 15 * 60_000;

export interface SourceAway {
  readonly error: BronzeError;
  /** How often the source was asked since it went away. */
  readonly tries: number;
  readonly waitedMs: number;
}

export interface WatchOptions {
  /** Connects, and lets go again. */
  probe(): Promise<void>;
  /** 0 waits for nothing. Default: {@link MAX_OUTAGE_MS}. */
  readonly maxOutageMs?: number | undefined;
  /** Between two probes; the pause doubles up to the most, with jitter. Default: 1 s to 30 s. */
  readonly minDelayMs?: number;
  readonly maxDelayMs?: number;
  /** What to do once it is back, for the error of who gave up. */
  readonly hint?: string;
  /** Of the whole process. */
  readonly signal: AbortSignal;
  /** After each probe that found the source away. */
  away(event: SourceAway): void;
  back(event: Omit<SourceAway, "error">): void;
}

/** One look at the source for all shards of a process: while it is away one probe asks for it, and everybody else waits. */
export function watchSource(options: WatchOptions): SourceWatch {
  const { maxOutageMs = MAX_OUTAGE_MS } = options;
  let outage: Promise<boolean> | null = null;
  let givenUp: BronzeError | null = null;
  let waitedMs = 0;

  /** @returns false where the first probe finds the source there */
  async function waitForSource(): Promise<boolean> {
    const startedAt = performance.now();
    const soFar = (): number => performance.now() - startedAt;
    let tries = 0;
    try {
      await pRetry(
        () => {
          tries++;
          return options.probe();
        },
        {
          retries: Number.POSITIVE_INFINITY,
          maxRetryTime: maxOutageMs,
          minTimeout: options.minDelayMs ?? 1_000,
          maxTimeout: options.maxDelayMs ?? 30_000,
          randomize: true,
          signal: options.signal,
          shouldRetry: ({ error }) => restartable(error),
          onFailedAttempt: ({ error }) => {
            if (error instanceof BronzeError && restartable(error)) options.away({ error, tries, waitedMs: soFar() });
          },
        },
      );
    } catch (error) {
      options.signal.throwIfAborted();
      // Any other answer is one: the source is there, and whoever reads next says what is wrong with it.
      if (error instanceof BronzeError && restartable(error)) {
        givenUp = goneError(error, tries, soFar(), options.hint);
        throw givenUp;
      }
    } finally {
      if (tries > 1) waitedMs += soFar();
    }
    if (tries > 1) options.back({ tries, waitedMs: soFar() });
    return tries > 1;
  }

  return {
    get waitedMs() {
      return waitedMs;
    },
    get givenUp() {
      return givenUp;
    },
    pass: async (signal) => {
      if (givenUp !== null) throw givenUp;
      if (outage !== null) await unlessAborted(outage, signal);
    },
    waitOut: async (signal) => {
      if (givenUp !== null) throw givenUp;
      if (maxOutageMs === 0) return false;
      outage ??= waitForSource().finally(() => {
        outage = null;
      });
      return unlessAborted(outage, signal);
    },
  };
}

function goneError(error: BronzeError, tries: number, waitedMs: number, hint = "Run it again once it is back."): BronzeError {
  const waited = waitedMs < 60_000 ? `${Math.round(waitedMs / 1000)} s` : `${Math.round(waitedMs / 60_000)} min`;
  return new BronzeError("SOURCE_DOWN", `The source was away for ${waited}, and asked ${tries} times: ${error.message}`, {
    retryable: true,
    hint,
    context: { ...error.context, tries },
    cause: error,
  });
}

/** The result of `work`, which goes on for others when the signal aborts. @throws the signal's reason */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  signal?.throwIfAborted();
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
