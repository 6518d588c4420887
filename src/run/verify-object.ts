import { BronzeError } from "../model/errors.ts";
import type { ObjectInfo, Sink } from "../sink/sink.ts";

const MAGIC = "PAR1";
const TAIL_BYTES = 8;

/**
 * Asks the store for the file's last bytes, and with them what it holds under the key: size, etag, closing magic and a footer length that
 * fits. The content's checksum was compared by the store as it came in. One request.
 * @throws BronzeError SINK_FAILED
 */
export async function verifyObject(sink: Sink, key: string, { bytes, etag }: Pick<ObjectInfo, "bytes" | "etag">): Promise<void> {
  const tail = await sink.tail(key, TAIL_BYTES);
  const footerBytes =
    tail === null || tail.body.length < TAIL_BYTES ? -1 : new DataView(tail.body.buffer, tail.body.byteOffset).getUint32(0, true);
  const whole = tail?.info.bytes === bytes && tail.info.etag === etag;
  if (
    whole &&
    Buffer.from(tail.body.subarray(4)).toString("latin1") === MAGIC &&
    footerBytes + TAIL_BYTES + MAGIC.length <= bytes
  )
    return;
  throw new BronzeError(
    "SINK_FAILED",
    `${sink.locate(key)} is not what was written there: ${tail?.info.bytes ?? 0} of ${bytes} bytes`,
    {
      context: { key, bytes, held_bytes: tail?.info.bytes ?? null },
      hint: "Does anything else write to this prefix? Run it again.",
      retryable: true,
    },
  );
}
