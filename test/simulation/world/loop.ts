import type { Process } from "./process.ts";

/** Something that happens at an instant of virtual time: to one process, or to the world (a request reaches the store). */
interface Happening {
  at: number;
  readonly order: number;
  readonly process: Process | null;
  /** Null once it was cancelled. */
  work: (() => void) | null;
}

/**
 * Virtual time. Nothing in a simulated world waits for real time: whatever waits is a happening here, and the loop takes one after the
 * other. Happenings of a process that was killed are dropped, those of one that is stalled wait until it goes on.
 */
export class Loop {
  /** True time, milliseconds since the world began. No process sees it: each has a clock of its own. */
  now = 0;
  /** Whose happening this is; null for the world's. */
  running: Process | null = null;
  /** Happenings that took place. */
  steps = 0;
  #order = 0;
  readonly #heap: Happening[] = [];

  /** @returns how to cancel it */
  at(at: number, process: Process | null, work: () => void): () => void {
    const happening: Happening = { at: Math.max(at, this.now), order: this.#order++, process, work };
    this.#push(happening);
    return () => {
      happening.work = null;
    };
  }

  /** @returns how to cancel it */
  later(ms: number, process: Process | null, work: () => void): () => void {
    return this.at(this.now + ms, process, work);
  }

  /** Lets the next happening take place. @returns false when nothing is left */
  step(strike: (process: Process) => void): boolean {
    for (;;) {
      const next = this.#pop();
      if (next === undefined) return false;
      const { process } = next;
      if (next.work === null || process?.alive === false) continue;
      this.now = next.at;
      this.running = null;
      if (process !== null && !this.reaches(process, strike)) {
        next.at = process.stalledUntil;
        this.#push(next);
        continue;
      }
      this.steps++;
      next.work();
      return true;
    }
  }

  /** Whether something can reach a process now. `strike` is what may befall it just before. */
  reaches(process: Process, strike: (process: Process) => void): boolean {
    if (process.alive && process.stalledUntil <= this.now) strike(process);
    this.running = process;
    return process.alive && process.stalledUntil <= this.now;
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent]!, happening)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = happening;
  }

  #pop(): Happening | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
