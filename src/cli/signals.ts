import { BronzeError } from "../model/errors.ts";

/** 128 + the signal's number, as shells and Batch know it. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Caught = keyof typeof EXIT_CODES;

/** Batch and Docker kill 30 seconds after SIGTERM (Docker's default is 10): end before, with an exit code of our own. */
const GRACE_MS = 25_000;

export interface Signals {
  readonly signal: AbortSignal;
  /** The exit code of the signal that came; null when none did. */
  exitCode(): number | null;
  /** The work is over and its exit code stands: a signal that comes now has nothing to stop, and only hurries the end. */
  settle(): void;
}

/** The first signal aborts, so that the query is cancelled and the upload undone; the second one ends the process at once. */
export function catchSignals(): Signals {
  const controller = new AbortController();
  let caught: Caught | null = null;
  const onSignal = (name: Caught): void => {
    if (caught !== null) process.exit(EXIT_CODES[name]);
    caught = name;
    setTimeout(() => process.exit(EXIT_CODES[name]), GRACE_MS).unref();
    controller.abort(
      new BronzeError("CANCELLED", `Stopped by ${name}`, { hint: "Nothing half-written is left. Run it again: it begins anew." }),
    );
  };
  const onLateSignal = (): never => process.exit();
  const names = Object.keys(EXIT_CODES) as Caught[];
  for (const name of names) process.on(name, onSignal);
  return {
    signal: controller.signal,
    exitCode: () => (caught === null ? null : EXIT_CODES[caught]),
    settle: () => {
      for (const name of names) process.off(name, onSignal).on(name, onLateSignal);
    },
  };
}
