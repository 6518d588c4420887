import { BronzeError, type ErrorCode } from "../../../src/model/errors.ts";
import { createStoreClock } from "../../../src/sink/s3/clock.ts";
import type { ObjectInfo, Timely } from "../../../src/sink/sink.ts";
import type { Process } from "./process.ts";
import type { Reply, Request, Stored } from "./store.ts";
import type { World } from "./world.ts";

/** How often one request is sent: fewer times than the AWS SDK does, to the same effect. */
const ATTEMPTS = 3;
/** As `sink/s3/publish.ts`. */
const RACED_ROUNDS = 5;
const RACED_PAUSE_MS = 100;

/** A reply that says what is there, or that a condition doesn't hold. */
type Answer = Exclude<Reply, { readonly status: 403 | 429 | 500 | 503 | "timeout" }>;
type Write = Request & { kind: "put" };

/** Whether an earlier write of the same token may have done its work, or may still. */
export interface Doubt {
  isInDoubt: boolean;
}

/** What the S3 client of one process does: it repeats what fails in passing, hears the store's time, and settles lost answers. */
export class Client {
  readonly #world: World;
  readonly #process: Process;
  readonly #clock;
  /** Requests of that kind sent so far, repetitions included. */
  deletes = 0;

  constructor(world: World, process: Process) {
    this.#world = world;
    this.#process = process;
    this.#clock = createStoreClock(() => process.clock.monotonic());
  }

  /** @throws BronzeError SINK_FAILED or SINK_DENIED */
  async ask(request: Request): Promise<Answer> {
    const { reply } = await this.#send(request);
    if (isAnswer(reply)) return reply;
    throw failed(request, reply);
  }

  async find(request: Request & { readonly kind: "get" | "head" }): Promise<Stored | null> {
    const reply = await this.ask(request);
    return "stored" in reply ? reply.stored : null;
  }

  /**
   * Sends a write and settles its outcome, as `publishObject` of `sink/s3` does.
   * @throws BronzeError SINK_CONFLICT when the condition doesn't hold; with `outcome: "unknown"` when it may have worked, or may still
   */
  async write(request: Write, doubt: Doubt = { isInDoubt: false }, inTime?: Timely["inTime"]): Promise<ObjectInfo> {
    const { key, token } = request;
    for (let round = 1; ; round++) {
      const { reply, attempts } = await this.#send(request, inTime);
      if ("stored" in reply) return { ...this.infoOf(reply.stored), modified: this.#clock.now() };
      doubt.isInDoubt ||= attempts > 1 || !wasRefused(reply);
      if (reply.status === 409 && round < RACED_ROUNDS) {
        await this.#process.clock.sleep(this.#world.random.between(0, RACED_PAUSE_MS) * round);
        continue;
      }
      const failure = failed(request, reply);
      if (!doubt.isInDoubt) throw failure;
      const found = await this.find({ kind: "head", key }).catch(() => undefined);
      if (found?.token === token) return this.infoOf(found);
      throw found !== undefined && failure.code === "SINK_CONFLICT" ? failure : unknown(failure);
    }
  }

  /** @throws BronzeError SINK_CONFLICT when there is a condition and it doesn't hold */
  async remove(request: Request & { readonly kind: "delete" }, inTime?: Timely["inTime"]): Promise<void> {
    const { reply, attempts } = await this.#send(request, inTime);
    this.deletes += attempts;
    // Gone after a repetition: the attempt before it may have deleted it.
    if (reply.status === 204 || (reply.status === 404 && attempts > 1)) return;
    throw failed(request, reply);
  }

  /** The store's time: that of the latest reply, and what has passed since. */
  async now(): Promise<Date> {
    if (!this.#clock.isSet) await this.ask({ kind: "now" });
    return this.#clock.now();
  }

  infoOf({ key, body, etag, modifiedMs, token }: Stored): ObjectInfo {
    return { key, bytes: body.byteLength, etag, modified: this.#world.storeTime(modifiedMs), token };
  }

  async #send(request: Request, inTime?: Timely["inTime"]): Promise<{ readonly reply: Reply; readonly attempts: number }> {
    for (let attempts = 1; ; attempts++) {
      if (inTime?.() === false) return { reply: { status: "timeout" }, attempts };
      const { reply, storeTime } = await this.#world.send(this.#process, request);
      if (storeTime !== null) this.#clock.heard(storeTime.toUTCString());
      if (isAnswer(reply) || reply.status === 403 || attempts === ATTEMPTS) return { reply, attempts };
      await this.#process.clock.sleep(this.#world.random.between(50, 200) * 4 ** (attempts - 1));
    }
  }
}

function isAnswer(reply: Reply): reply is Answer {
  switch (reply.status) {
    case 403:
    case 429:
    case 500:
    case 503:
    case "timeout":
      return false;
    default:
      return true;
  }
}

/** The store said no: then the request had no effect. */
function wasRefused({ status }: Reply): boolean {
  return typeof status === "number" && status >= 400 && status < 500;
}

function failed(request: Request, { status }: Reply): BronzeError {
  const key = "key" in request ? request.key : "";
  const code: ErrorCode =
    status === 403 ? "SINK_DENIED" : [404, 409, 412].includes(status as number) ? "SINK_CONFLICT" : "SINK_FAILED";
  return new BronzeError(code, `can't ${request.kind} ${key}: ${status}`, {
    retryable: code === "SINK_FAILED" || status === 409,
    context: { key },
  });
}

function unknown(failure: BronzeError): BronzeError {
  if (failure.code !== "SINK_CONFLICT") return failure.within({ outcome: "unknown" });
  return new BronzeError("SINK_FAILED", `${failure.message}; it may be this very write, whose answer was lost`, {
    retryable: true,
    context: { ...failure.context, outcome: "unknown" },
  });
}
