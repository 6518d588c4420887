/** The store's clock, as its replies tell it. */
export interface StoreClock {
  /** Takes note of a reply's `Date` header. */
  heard(date: string | undefined): void;
  /** False until a reply has told the time. */
  readonly isSet: boolean;
  /** The time of the latest reply, and what has passed since by this machine's monotonic clock. This machine's own while nothing was heard. */
  now(): Date;
}

/** `Date` counts whole seconds and was written before it arrived, so this clock is behind the store's by a second and the way back. */
export function createStoreClock(monotonicMs: () => number = () => performance.now()): StoreClock {
  let offsetMs: number | null = null;
  return {
    heard: (date) => {
      const atMs = Date.parse(date ?? "");
      if (!Number.isNaN(atMs)) offsetMs = atMs - monotonicMs();
    },
    get isSet() {
      return offsetMs !== null;
    },
    now: () => new Date(offsetMs === null ? Date.now() : offsetMs + monotonicMs()),
  };
}
