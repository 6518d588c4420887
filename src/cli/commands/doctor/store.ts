import { randomBytes } from "node:crypto";
import type { ObjectConfig } from "../../../config/object-config.ts";
import { BronzeError } from "../../../model/errors.ts";
import type { Condition, ObjectInfo, Sink } from "../../../sink/sink.ts";
import { type Doctor, wrong } from "./check.ts";

/** The smallest part that S3 takes: one byte more begins an upload in parts. */
export const PROBE_PART_BYTES = 5 << 20;

const ANOTHER_STORE = "Land in another store: in this one two processes land over each other, and nobody notices.";
/** Of no object. */
const STALE = { etag: '"0123456789abcdef0123456789abcdef"' };
const BODY = new TextEncoder().encode("pg-bronze doctor\n");

/**
 * What the landing protocol takes for granted of a store, proved on one object: that conditions are kept, that tokens come back, that an
 * object of several parts is published on condition too, with the checksums in use.
 */
export async function checkStore(
  doctor: Doctor,
  sink: Sink,
  key: string,
  { checksums }: Pick<ObjectConfig["sink"], "checksums">,
): Promise<void> {
  let held: ObjectInfo | null = null;
  try {
    held = await doctor.check("conditions of the sink", async () => {
      const value = await provesConditions(sink, key);
      return { says: "the store refuses a write whose condition (If-None-Match, If-Match) doesn't hold", value };
    });
    if (held === null) return skipAll(doctor, ["tokens in the sink", "large objects in the sink", "deletion on condition"]);
    const { token } = held;
    await doctor.check("tokens in the sink", async () => {
      await provesToken(sink, key, token);
      return { says: "objects come back with their metadata", value: null };
    });
    await doctor.check("large objects in the sink", async () => {
      await provesParts(sink, key, checksums);
      return { says: `an object of two parts lands on condition, with checksums: ${checksums}`, value: null };
    });
    await doctor.advise("deletion on condition", () => describeDeletion(sink, key));
  } finally {
    await sink.delete(key).catch(() => {});
  }
}

function skipAll(doctor: Doctor, checks: readonly string[]): void {
  for (const check of checks) doctor.skip(check, "the sink's conditions failed");
}

async function isRefused(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (error instanceof BronzeError && error.code === "SINK_CONFLICT") return true;
    throw error;
  }
}

async function provesConditions(sink: Sink, key: string): Promise<ObjectInfo> {
  const put = (condition: Condition) => sink.put(key, BODY, { condition });
  const held = await put("absent");
  if (!(await isRefused(() => put("absent"))))
    throw wrong(`${sink.locate(key)} was written twice on the condition that it is absent`, ANOTHER_STORE);
  if (!(await isRefused(() => put(STALE))))
    throw wrong(`${sink.locate(key)} was replaced on the condition that it has another etag`, ANOTHER_STORE);
  return held;
}

async function provesToken(sink: Sink, key: string, token: string | null): Promise<void> {
  if ((await sink.head(key))?.token === token) return;
  throw wrong(
    `${sink.locate(key)} came back without the token that it was written with`,
    "The store, or a proxy before it, drops user metadata (x-amz-meta-pg-bronze-token): a write whose answer is lost fails there.",
  );
}

/** Two parts, which don't compress, over the small object that is there. */
async function provesParts(sink: Sink, key: string, checksums: "crc32" | "none"): Promise<void> {
  const held = await sink.head(key);
  const writer = await sink.create(key);
  try {
    await writer.write(randomBytes(PROBE_PART_BYTES + 1));
    const { bytes, token } = await writer.seal();
    for (const condition of ["absent", STALE] as const) {
      if (await isRefused(() => writer.publish(condition))) continue;
      throw wrong(`${sink.locate(key)} was replaced by an object of two parts, against its condition`, ANOTHER_STORE);
    }
    await writer.publish(held === null ? "absent" : { etag: held.etag });
    const landed = await sink.head(key);
    if (landed?.bytes !== bytes || landed.token !== token)
      throw wrong(`${sink.locate(key)} is not the object of two parts that was landed there`, ANOTHER_STORE);
  } catch (error) {
    const isStores = error instanceof BronzeError && error.code === "SINK_FAILED" && !error.retryable;
    if (!isStores || checksums === "none") throw error;
    throw wrong(error.message, "Set sink.checksums: none in the config, if the store knows no checksums of whole objects.");
  } finally {
    await writer.abort().catch(() => {});
  }
}

async function describeDeletion(sink: Sink, key: string) {
  const isKept = await isRefused(() => sink.delete(key, { condition: STALE }));
  return isKept
    ? { says: "the store refuses to delete another object than was meant", hint: null }
    : {
        says: "the store deletes whatever is there, also against a condition",
        hint: "Nothing of a landing is ever deleted. Run gc there only while nothing else runs.",
      };
}
