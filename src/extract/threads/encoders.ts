import { BronzeError, type ErrorCode } from "../../model/errors.ts";
import type { EncodedField } from "../../parquet/row-group.ts";
import type { Slab } from "../../source/contract.ts";
import { createSegmentEncoder, type SegmentFacts, type SegmentPlan } from "./segment.ts";

/** Who encodes: this thread, or workers. One contract, so that 0, 1 and N threads run the same code. */
export interface Encoders {
  /** Takes the slab's rows; `release` is called once nobody reads the slab any more. Doesn't wait for the encoding. */
  feed(slab: Slab, firstRow: number, release: () => void): void;
  /** The fields of the row group that was fed since the last call, in file order. */
  finishRowGroup(): Promise<EncodedField[]>;
  facts(): Promise<SegmentFacts[]>;
  /** The first failure of any thread, as soon as it is known; null while all is well. */
  failure(): Error | null;
  close(): Promise<void>;
}

export async function inPlace(plans: readonly SegmentPlan[]): Promise<Encoders> {
  const encoders = await Promise.all(plans.map(createSegmentEncoder));
  return {
    feed(slab, firstRow, release) {
      for (const encoder of encoders) encoder.feed({ bytes: slab.bytes, byteLength: slab.byteLength, firstRow });
      release();
    },
    finishRowGroup: async () =>
      inFileOrder(
        plans,
        encoders.map((encoder) => encoder.finishRowGroup()),
      ),
    facts: async () => encoders.map((encoder) => encoder.facts()),
    failure: () => null, // in place, a failure is thrown where it happens
    close: async () => {},
  };
}

/** One worker per segment. Slabs are shared memory: every worker reads the same bytes. */
export async function inWorkers(plans: readonly SegmentPlan[]): Promise<Encoders> {
  const { Worker } = await import("node:worker_threads");
  const workers = plans.map((plan) => {
    const options = { workerData: plan, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } };
    return connect(FROM_SOURCES ? new Worker(registerTsx(), { ...options, eval: true }) : new Worker(WORKER_URL, options));
  });
  return {
    feed(slab, firstRow, release) {
      let reading = workers.length;
      for (const worker of workers) {
        worker.ask({ kind: "feed", bytes: slab.bytes, byteLength: slab.byteLength, firstRow }).then(
          () => --reading === 0 && release(),
          () => --reading === 0 && release(), // the failure shows at finishRowGroup
        );
      }
    },
    async finishRowGroup() {
      const answers = await Promise.all(workers.map((worker) => worker.ask({ kind: "finishRowGroup" })));
      return inFileOrder(plans, answers as EncodedField[][]);
    },
    facts: async () => (await Promise.all(workers.map((worker) => worker.ask({ kind: "facts" })))) as SegmentFacts[],
    failure: () => workers.map((worker) => worker.failure()).find((error) => error !== null) ?? null,
    close: async () => void (await Promise.all(workers.map((worker) => worker.close()))),
  };
}

/**
 * Hash keys pass through short-lived strings, and V8 lets those pile up to 48 MB before it looks. They are all dead by then: looking
 * more often costs nothing that can be measured.
 */
const YOUNG_GENERATION_MB = 6;

/** Sources are TypeScript in development and JavaScript in the package; the worker's file is this one's sibling in both. */
const FROM_SOURCES = import.meta.url.endsWith(".ts");
const WORKER_URL = new URL(FROM_SOURCES ? "./encoder-worker.ts" : "./encoder-worker.js", import.meta.url);
/** On Node 20 a worker doesn't inherit the loader that reads TypeScript: it registers it itself. */
const registerTsx = (): string => {
  // Found from here: the working directory may be anybody's.
  const [loader, worker] = [import.meta.resolve("tsx/esm/api"), WORKER_URL.href].map((url) => JSON.stringify(url));
  return `import(${loader}).then(({ register }) => { register(); return import(${worker}); });`;
};

export type WorkerRequest =
  | { readonly kind: "feed"; readonly bytes: Uint8Array; readonly byteLength: number; readonly firstRow: number }
  | { readonly kind: "finishRowGroup" }
  | { readonly kind: "facts" };

export type WorkerReply = { readonly ok: unknown } | { readonly failed: SerializedError };

/** Errors lose their class on the way between threads; this keeps what people and exit codes need. */
export interface SerializedError {
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly hint: string | null;
  readonly retryable: boolean;
  readonly context: Readonly<Record<string, string | number | boolean | null>>;
  readonly stack: string | null;
}

export function serializeError(error: unknown): SerializedError {
  const stack = error instanceof Error ? (error.stack ?? null) : null;
  if (!(error instanceof BronzeError)) {
    return {
      code: null,
      message: error instanceof Error ? error.message : String(error),
      hint: null,
      retryable: false,
      context: {},
      stack,
    };
  }
  const { code, message, hint, retryable, context } = error;
  return { code, message, hint: hint ?? null, retryable, context, stack };
}

function deserializeError(error: SerializedError): Error {
  const { code, message, hint, retryable, context, stack } = error;
  const restored =
    code === null
      ? new Error(message)
      : new BronzeError(code, message, { retryable, context, ...(hint === null ? {} : { hint }) });
  if (stack !== null) restored.stack = stack;
  return restored;
}

interface WorkerLink {
  ask(request: WorkerRequest): Promise<unknown>;
  failure(): Error | null;
  close(): Promise<void>;
}

/** Requests are answered in order, so a queue of promises is all the bookkeeping there is. A first failure fails all that follow. */
function connect(worker: import("node:worker_threads").Worker): WorkerLink {
  const waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  let failure: Error | null = null;
  const fail = (error: Error): void => {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  worker.on("message", (reply: WorkerReply) => {
    if ("failed" in reply) fail(deserializeError(reply.failed));
    else waiting.shift()?.resolve(reply.ok);
  });
  worker.on("error", fail);
  worker.on("exit", (code) => fail(new Error(`an encoder thread ended by itself with code ${code}`)));
  return {
    ask(request) {
      if (failure !== null) return Promise.reject(failure);
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        worker.postMessage(request);
      });
    },
    failure: () => failure,
    async close() {
      await worker.terminate();
    },
  };
}

function inFileOrder(plans: readonly SegmentPlan[], segments: readonly EncodedField[][]): EncodedField[] {
  const ordered: EncodedField[] = [];
  segments.forEach((fields, s) => {
    fields.forEach((field, i) => {
      ordered[plans[s]!.filePositions[i]!] = field;
    });
  });
  return ordered;
}
