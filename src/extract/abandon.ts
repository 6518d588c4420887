import { BronzeError } from "../model/errors.ts";
import type { ObjectWriter } from "../sink/sink.ts";

/** Aborts the write. @returns the error that led here, with what could not be removed */
export function abandon(object: ObjectWriter, error: unknown): Promise<unknown> {
  return withLeftover(error, () => object.abort());
}

/** @returns `error`, with what `remove` could not remove */
export async function withLeftover(error: unknown, remove: () => Promise<void>): Promise<unknown> {
  try {
    await remove();
    return error;
  } catch (failure) {
    if (!(error instanceof BronzeError)) return error;
    return error.within({ leftover: failure instanceof Error ? failure.message : String(failure) });
  }
}
