import { parentPort, workerData } from "node:worker_threads";
import type { EncodedField } from "../parquet/row-group.ts";
import { serializeError, type WorkerReply, type WorkerRequest } from "./encoders.ts";
import { createSegmentEncoder, type SegmentPlan } from "./segment.ts";

/** The body of an encoder thread: one segment, requests answered in order. */
const port = parentPort!;
const ready = createSegmentEncoder(workerData as SegmentPlan);

port.on("message", async (request: WorkerRequest) => {
  try {
    const encoder = await ready;
    switch (request.kind) {
      case "feed":
        encoder.feed(request);
        return reply({ ok: null });
      case "finishRowGroup": {
        const fields = encoder.finishRowGroup();
        return reply({ ok: fields }, pagesOf(fields));
      }
      case "facts":
        return reply({ ok: encoder.facts() });
    }
  } catch (error) {
    reply({ failed: serializeError(error) });
  }
});

function reply(message: WorkerReply, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

/** Pages change hands without a copy. */
function pagesOf(fields: readonly EncodedField[]): ArrayBuffer[] {
  return fields.flatMap((field) => field.chunks.flatMap((chunk) => chunk.pages.map((page) => page.buffer as ArrayBuffer)));
}
