import { z } from "zod";
import type { RunId } from "../model/ids.ts";
import type { Sink } from "../sink/sink.ts";
import type { Actor } from "./actor.ts";
import { conditionOf, isConflict, readVersioned, type Versioned, writeDocument } from "./document.ts";
import { Instant, LEDGER_VERSION, RunName, Version } from "./fields.ts";
import { noticeKey } from "./paths.ts";

/**
 * `notice.json`: somebody was told how the run ended, or is being told right now. A run is told of once, whoever follows it and however
 * often it is taken up again.
 */
export const NoticeSchema = z.object({
  version: Version,
  object: z.string(),
  run: RunName,
  /** `failed`: the message could not be sent; whoever comes next sends it. */
  state: z.enum(["sending", "sent", "failed"]),
  /** How the run stood: `whole`, `incomplete`, `unpublished`. */
  outcome: z.string(),
  /** Who sends it, and a word of their own: no two writes are the same bytes. */
  owner: z.string(),
  token: z.string(),
  at: Instant,
  /** What the messages' service calls it, once it has it. */
  message_id: z.string().nullable(),
});

export type Notice = z.infer<typeof NoticeSchema>;

/** Sending takes seconds. Who takes longer has died in between, and the next one sends it. */
const SENDING_MS = 5 * 60_000;

/**
 * Sends a run's message unless it was sent, or somebody sends it right now: a compare-and-swap decides who. Only a process that dies
 * between the sending and the record of it leaves a message that is sent once more.
 * @param send @returns the message's id
 * @returns whether this call sent it
 * @throws what `send` throws; the next call then sends it
 */
export async function sendOnce(
  sink: Sink,
  { object, run, outcome }: Pick<Notice, "object" | "run" | "outcome">,
  actor: Actor,
  send: () => Promise<string>,
): Promise<boolean> {
  const key = noticeKey(object, run as RunId);
  const known = await readVersioned(sink, key, NoticeSchema);
  if (known !== null && !(await isFree(sink, known))) return false;
  const notice = (state: Notice["state"], message_id: string | null): Notice => {
    const at = new Date(actor.clock.now()).toISOString();
    return { version: LEDGER_VERSION, object, run, state, outcome, owner: actor.owner, token: actor.newToken(), at, message_id };
  };
  let mine: Versioned<Notice>;
  try {
    mine = await writeDocument(sink, key, NoticeSchema, notice("sending", null), conditionOf(known));
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
  const record = async (state: Notice["state"], id: string | null): Promise<void> => {
    await writeDocument(sink, key, NoticeSchema, notice(state, id), conditionOf(mine));
  };
  let id: string;
  try {
    id = await send();
  } catch (error) {
    await record("failed", null).catch(() => {});
    throw error;
  }
  // It was sent; that this couldn't be written down is no reason to send it again at once.
  await record("sent", id).catch(() => {});
  return true;
}

async function isFree(sink: Sink, { value, modified }: Versioned<Notice>): Promise<boolean> {
  if (value.state === "sent") return false;
  return value.state === "failed" || (await sink.now()).getTime() - modified.getTime() > SENDING_MS;
}
