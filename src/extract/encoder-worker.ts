import { parentPort, workerData } from "node:worker_threads";
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
      case "finishRowGroup":
        return reply({ ok: encoder.finishRowGroup() });
      case "facts":
        return reply({ ok: encoder.facts() });
    }
  } catch (error) {
    reply({ failed: serializeError(error) });
  }
});

function reply(message: WorkerReply): void {
  port.postMessage(message);
}
