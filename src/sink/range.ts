/** A range of bytes as {@link Sink.read} takes it. @throws RangeError on an end before the start, or an end beside a negative start. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

export function assertRange(range: ByteRange): void {
  const { start, end } = range;
  const sound = Number.isSafeInteger(start) && (end === undefined || (Number.isSafeInteger(end) && start >= 0 && end >= start));
  if (!sound) throw new RangeError(`bad byte range ${start}..${end ?? ""}`);
}

/** The range within an object of `bytes` bytes: what lies beyond the end is cut off. */
export function resolveRange(range: ByteRange | undefined, bytes: number): { start: number; end: number } {
  if (range === undefined) return { start: 0, end: bytes };
  assertRange(range);
  if (range.start < 0) return { start: Math.max(0, bytes + range.start), end: bytes };
  return { start: Math.min(range.start, bytes), end: Math.min(range.end ?? bytes, bytes) };
}

/** The range of the last bytes of an object. @throws RangeError unless there is at least one */
export function tailRange(bytes: number): ByteRange {
  if (!Number.isSafeInteger(bytes) || bytes < 1) throw new RangeError(`a tail of ${bytes} bytes`);
  return { start: -bytes };
}
