import { BronzeError } from "../model/errors.ts";
import type { ObjectInfo, Sink } from "../sink/sink.ts";

const MAGIC = "PAR1";
const TAIL_BYTES = 8;

/**
 * Asks the store what it holds under the key, and reads the file's last bytes back: size, closing magic and a footer length that
 * fits. The content's checksum was compared by the store as it came in.
 * @throws BronzeError SINK_FAILED
 */
export async function verifyObject(sink: Sink, key: string, { bytes, etag }: Pick<ObjectInfo, "bytes" | "etag">): Promise<void> {
  const held = await sink.head(key);
  const tail = held === null ? null : await sink.read(key, { start: -TAIL_BYTES });
  const footerBytes =
    tail === null || tail.length < TAIL_BYTES ? -1 : new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  const whole = held?.bytes === bytes && held.etag === etag;
  if (whole && Buffer.from(tail!.subarray(4)).toString("latin1") === MAGIC && footerBytes + TAIL_BYTES + MAGIC.length <= bytes)
    return;
  throw new BronzeError(
    "SINK_FAILED",
    `${sink.locate(key)} is not what was written there: ${held?.bytes ?? 0} of ${bytes} bytes`,
    {
      context: { key, bytes, held_bytes: held?.bytes ?? null },
      hint: "Does anything else write to this prefix? Run it again.",
      retryable: true,
    },
  );
}
