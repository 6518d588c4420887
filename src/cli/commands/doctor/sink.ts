import { randomUUID } from "node:crypto";
import { dataFolder } from "../../../config/data-keys.ts";
import type { ObjectConfig } from "../../../config/object-config.ts";
import { objectFolder } from "../../../ledger/paths.ts";
import { BronzeError } from "../../../model/errors.ts";
import type { Sink } from "../../../sink/sink.ts";
import { type Doctor, wrong } from "./check.ts";
import { checkStore, PROBE_PART_BYTES } from "./store.ts";

/** S3 refuses signatures 15 minutes off. Leases don't depend on this machine's clock. */
const CLOCK_LIMIT_MS = 5 * 60_000;

/** Writing, aborting and deleting where the object's data and its ledger land; what landing takes for granted there; and the clock. */
export async function checkSink(doctor: Doctor, sink: Sink, config: ObjectConfig): Promise<void> {
  const data = dataFolder(config);
  const name = `doctor-${randomUUID()}`;
  const modified = await doctor.check("ledger in the sink", async () => {
    const value = await putAndDelete(sink, `${objectFolder(config.object)}${name}`);
    return { says: `${sink.url}/${objectFolder(config.object)} can be written, read and deleted`, value };
  });
  const written = await doctor.check("data in the sink", async () => {
    await putAndDelete(sink, `${data}${name}`);
    await startAndAbort(sink, `${data}${name}-aborted`);
    return { says: `${sink.url}/${data} can be written, aborted and deleted`, value: true };
  });
  if (written === null) doctor.skip("conditions of the sink", "the sink can't be written");
  else await checkStore(doctor, sink, `${data}${name}-kept`, config.sink);
  if (written !== null && sink.uploadsEndAfterDays !== undefined) {
    await doctor.advise("unfinished uploads", () => describeLifecycle(sink, sink.uploadsEndAfterDays!));
  }
  if (modified === null) return doctor.skip("clock", "the sink can't be written");
  await doctor.check("clock", async () => ({ says: describeClock(modified), value: null }));
}

/** @returns by how much the store's clock was ahead of ours when it wrote, in milliseconds. */
async function putAndDelete(sink: Sink, key: string): Promise<number> {
  const body = new TextEncoder().encode("pg-bronze doctor\n");
  await sink.put(key, body, { condition: "absent" });
  try {
    const now = Date.now();
    const info = await sink.head(key);
    const found = await sink.read(key);
    if (info === null || found === null || Buffer.compare(found, body) !== 0) {
      throw wrong(`${sink.locate(key)} was written, but does not read back`, "Is something between here and the store?");
    }
    return info.modified.getTime() - now;
  } finally {
    await sink.delete(key);
  }
}

async function startAndAbort(sink: Sink, key: string): Promise<void> {
  const writer = await sink.create(key);
  try {
    await writer.write(Buffer.alloc(PROBE_PART_BYTES + 1));
  } finally {
    await writer.abort();
  }
  if ((await sink.head(key)) !== null) {
    await sink.delete(key);
    throw wrong(`${sink.locate(key)} was aborted, but is there`, "The store does not keep S3's promises: take another one.");
  }
}

function describeClock(aheadMs: number): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  if (Math.abs(aheadMs) <= CLOCK_LIMIT_MS) return "the store and this machine agree within minutes";
  throw wrong(
    `This machine's clock is ${seconds} s ${aheadMs > 0 ? "behind" : "ahead of"} the store's`,
    "Set the clock (timedatectl set-ntp true): signatures and snapshot dates depend on it.",
  );
}

/** A process that is killed leaves the parts of its upload, which nobody sees and somebody pays for. */
async function describeLifecycle(
  sink: Sink,
  ask: NonNullable<Sink["uploadsEndAfterDays"]>,
): Promise<{ readonly says: string; readonly hint: string | null }> {
  try {
    const days = await ask();
    if (days !== null) return { says: `the bucket ends them after ${days} ${days === 1 ? "day" : "days"}`, hint: null };
    return {
      says: `nothing ends uploads to ${sink.url} that a killed process left`,
      hint: "Add a lifecycle rule with AbortIncompleteMultipartUpload to the bucket: infra/bucket_lifecycle.json is one.",
    };
  } catch (error) {
    if (!(error instanceof BronzeError) || error.code === "CANCELLED") throw error;
    return { says: `not looked at: ${error.message}`, hint: null };
  }
}
