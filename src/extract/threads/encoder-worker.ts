import { setImmediate as nextTurn } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { serializeError, type WorkerReply, type WorkerRequest } from "./encoders.ts";
import { createSegmentEncoder, type SegmentPlan } from "./segment.ts";

/** The body of an encoder thread: one segment, requests answered in order. */
const port = parentPort!;
const ready = createSegmentEncoder(workerData as SegmentPlan);
const requests: WorkerRequest[] = [];
let isAnswering = false;

port.on("message", (request: WorkerRequest) => {
  requests.push(request);
  if (!isAnswering) void answerAll();
});

/**
 * Between two requests the event loop has its turn: native memory that the garbage collector let go of, as of compressed pages, is
 * freed only there, and a port with messages waiting doesn't go back to it. Without this a table of 500 MB ends at 460 MB resident.
 */
async function answerAll(): Promise<void> {
  isAnswering = true;
  for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
    reply(await answer(request));
    await nextTurn();
  }
  isAnswering = false;
}

async function answer(request: WorkerRequest): Promise<WorkerReply> {
  try {
    const encoder = await ready;
    switch (request.kind) {
      case "feed":
        encoder.feed(request);
        return { ok: null };
      case "finishRowGroup":
        return { ok: encoder.finishRowGroup() };
      case "facts":
        return { ok: encoder.facts() };
    }
  } catch (error) {
    return { failed: serializeError(error) };
  }
}

function reply(message: WorkerReply): void {
  port.postMessage(message);
}
