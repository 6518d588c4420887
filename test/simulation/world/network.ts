import type { FaultRates } from "./faults.ts";
import type { Loop } from "./loop.ts";
import type { Process } from "./process.ts";
import type { Random } from "./random.ts";
import type { Reply, Request, Store } from "./store.ts";

/** A request that was signed takes effect within this time or never: docs/landing.md. */
const LATEST_EFFECT_MS = 15 * 60_000;

/** How long a client waits for one answer. */
const ANSWER_TIMEOUT_MS = 60_000;

/** What the network is laid in. */
export interface Ground {
  readonly random: Random;
  readonly rates: FaultRates;
  readonly loop: Loop;
  readonly store: Store;
  /** Whether anybody listens to the story. */
  readonly isTold: boolean;
  tell(who: string, what: () => string): void;
  storeTime(): Date;
  stall(process: Process, asleep: boolean): void;
  strike(process: Process): void;
}

/** What a process gets to see of a reply: with it the store's time, if the store said anything at all. */
export interface Received {
  readonly reply: Reply;
  readonly storeTime: Date | null;
}

/** One delivery of a request. */
interface Delivery {
  readonly process: Process;
  readonly request: Request;
  /** For the story; empty when none is told. */
  readonly what: string;
  readonly resolve: (reply: Received) => void;
  readonly signedAt: number;
  /** When its sender stops waiting for the answer. */
  readonly gaveUpAt: number;
}

/** Takes a request to the store and its answer back, or doesn't. What becomes of it is decided by the world's rates and its seed. */
export function deliver(world: Ground, process: Process, request: Request, resolve: (received: Received) => void): void {
  const { random, rates, loop } = world;
  const signedAt = loop.now;
  if (random.chance(rates.stallAtSend)) world.stall(process, random.chance(0.3));
  const sentAt = Math.max(loop.now, process.stalledUntil);
  const gaveUpAt = sentAt + ANSWER_TIMEOUT_MS;
  const what = world.isTold ? requestText(request) : "";
  const delivery: Delivery = { process, request, what, resolve, signedAt, gaveUpAt };
  const writes = request.kind === "put" || request.kind === "delete";
  if (random.chance(rates.lostRequest)) {
    world.tell(process.name, () => `${what}: the request is lost`);
    answerAt(world, delivery, gaveUpAt, NOTHING);
    return;
  }
  if (writes && random.chance(rates.twice)) {
    const againAt = Math.min(sentAt + random.magnitude(10, LATEST_EFFECT_MS), signedAt + LATEST_EFFECT_MS);
    loop.at(againAt, null, () => {
      const reply = world.store.apply(request, loop.now, process.name);
      world.tell("store", () => `${what} of ${process.name} arrives once more: ${replyText(reply)}`);
    });
  }
  const isLate = writes && random.chance(rates.late);
  const arrivesAt = sentAt + (isLate ? random.between(ANSWER_TIMEOUT_MS, LATEST_EFFECT_MS) : travelMs(world));
  loop.at(arrivesAt, null, () => arrive(world, delivery, arrivesAt - sentAt > 1_000));
  if (arrivesAt >= gaveUpAt) answerAt(world, delivery, gaveUpAt, NOTHING);
}

const NOTHING: Received = { reply: { status: "timeout" }, storeTime: null };

function travelMs({ random, rates }: Ground): number {
  return random.chance(rates.slow) ? random.between(1_000, 45_000) : random.between(2, 80);
}

function arrive(world: Ground, delivery: Delivery, isWorthALine: boolean): void {
  const { random, rates, loop } = world;
  const { process, request, what, gaveUpAt } = delivery;
  const reply = receive(world, delivery, isWorthALine);
  const received: Received = { reply, storeTime: world.storeTime() };
  if (loop.now >= gaveUpAt) return;
  if (random.chance(rates.lostAnswer)) {
    world.tell("store", () => `${what} of ${process.name}: ${replyText(reply)}, and the answer is lost`);
    answerAt(world, delivery, gaveUpAt, NOTHING);
  } else if (random.chance(0.1)) {
    // The others need no time of their own: what an answer's way takes, the next request's way may take as well.
    answerAt(world, delivery, loop.now + travelMs(world), received);
  } else if (loop.reaches(process, world.strike)) {
    answer(world, delivery, received);
  } else if (process.alive) {
    answerAt(world, delivery, process.stalledUntil, received);
  } else {
    world.tell("store", () => `${requestText(request)} of ${process.name}, which is no more: ${replyText(reply)}`);
  }
}

function receive(world: Ground, { process, request, what, signedAt }: Delivery, isWorthALine: boolean): Reply {
  const { random, rates, loop } = world;
  const writes = request.kind === "put" || request.kind === "delete";
  // The SDK signs it anew and sends it again.
  if (loop.now - signedAt > LATEST_EFFECT_MS) return { status: 503 };
  if (random.chance(rates.refused)) return { status: random.pick([429, 500, 503] as const) };
  if (random.chance(rates.denied)) return { status: 403 };
  if (writes && request.condition !== undefined && random.chance(rates.conflict)) return { status: 409 };
  const reply = world.store.apply(request, loop.now, process.name);
  if (writes && isWorthALine) world.tell("store", () => `${what} of ${process.name} arrives: ${replyText(reply)}`);
  return writes && random.chance(rates.doneThen500) ? { status: 500 } : reply;
}

function answerAt(world: Ground, delivery: Delivery, at: number, received: Received): void {
  const { gaveUpAt, process } = delivery;
  const got = at <= gaveUpAt ? received : NOTHING;
  world.loop.at(Math.min(at, gaveUpAt), process, () => answer(world, delivery, got));
}

function answer(world: Ground, { process, what, resolve }: Delivery, received: Received): void {
  world.tell(process.name, () => `${what} → ${replyText(received.reply)}`);
  resolve(received);
}

function requestText(request: Request): string {
  switch (request.kind) {
    case "put":
    case "delete": {
      const { condition } = request;
      const when = condition === undefined ? "" : condition === "absent" ? " if absent" : ` if ${condition.etag}`;
      return `${request.kind.toUpperCase()} ${request.key}${when}`;
    }
    case "list":
      return `LIST ${request.prefix}`;
    case "now":
      return "asks for the time";
    default:
      return `${request.kind.toUpperCase()} ${request.key}`;
  }
}

function replyText(reply: Reply): string {
  if (reply.status === "timeout") return "no answer";
  if ("stored" in reply) return reply.stored.etag;
  if ("listed" in reply) return `${reply.listed.length} keys`;
  return String(reply.status);
}
