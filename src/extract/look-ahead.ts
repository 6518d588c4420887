export interface Ahead<T> {
  readonly item: T;
  /** Asks for the next item while this one is still in use. Without it, the next one is asked for when this one is done with. */
  askNext(): void;
}

/**
 * The items of a stream, whose reader may learn early that one was the last.
 * @param ended called once, as soon as there is no other item
 */
export async function* lookAhead<T>(items: AsyncIterable<T>, ended: () => void): AsyncGenerator<Ahead<T>> {
  const iterator = items[Symbol.asyncIterator]();
  const ask = async (): Promise<IteratorResult<T>> => {
    const answer = await iterator.next();
    if (answer.done === true) ended();
    return answer;
  };
  let current = await ask();
  try {
    while (current.done !== true) {
      const following = once(ask);
      // A failure is thrown where the answer is awaited.
      yield { item: current.value, askNext: () => void following().catch(() => {}) };
      current = await following();
    }
  } finally {
    if (current.done !== true) await iterator.return?.();
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
