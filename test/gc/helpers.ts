import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ObjectConfig } from "../../src/config/object-config.ts";
import type { GcOptions } from "../../src/gc/contract.ts";
import { collectGarbage } from "../../src/gc/gc.ts";
import type { GcReport } from "../../src/gc/report.ts";
import { claimKey } from "../../src/ledger/claims.ts";
import { shardError } from "../../src/ledger/fields.ts";
import type { RunPlan } from "../../src/ledger/plan.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { loadObjectConfig } from "../../src/patterns/load.ts";
import { openFileSink } from "../../src/sink/file/sink.ts";
import { openMemorySink } from "../../src/sink/memory.ts";
import type { Sink } from "../../src/sink/sink.ts";
import { fakeActor, fakeParquet, shardNamed } from "../support/fake-run.ts";
import { writeThingsConfig } from "../support/things.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** A sink of each kind, and the config of things. `later` moves the clock of one in memory. */
export async function place(t: TestContext, kind: "memory" | "file" = "memory") {
  const folder = await mkdtemp(join(tmpdir(), "gc-"));
  t.after(() => rm(folder, { recursive: true }));
  const config = await loadObjectConfig(await writeThingsConfig(folder), {});
  let aheadMs = 0;
  const sink =
    kind === "file" ? openFileSink(join(folder, "bronze")) : openMemorySink({ now: () => new Date(Date.now() + aheadMs) });
  const later = (ms: number): void => {
    aheadMs += ms;
  };
  return { sink, config, later };
}

/** Collects; deletes whatever its age unless the options say otherwise. */
export function gc(sink: Sink, config: ObjectConfig, options: Partial<GcOptions> = {}): Promise<GcReport> {
  return collectGarbage(sink, config, {
    delete: true,
    foreign: false,
    olderThanMs: 0,
    keepRuns: 50,
    actor: fakeActor("gc"),
    signal: new AbortController().signal,
    progress: () => {},
    ...options,
  });
}

/** What was found, as `kind outcome key`. */
export function found({ items }: GcReport): string[] {
  return items.map(({ kind, outcome, key }) => `${kind} ${outcome} ${key}`);
}

/** Leaves what an attempt leaves that failed after its object was there. @returns the data key */
export async function leaveOrphan(sink: Sink, plan: RunPlan, id: string, rows = "lost"): Promise<string> {
  const { object, run, planned_at, fingerprint } = plan;
  const { key, id: shard } = shardNamed(plan, id);
  const claimed = await claimKey(sink, { object, run, planned_at, fingerprint, shard, key }, fakeActor("dead"));
  assert.equal(claimed.outcome, "claimed");
  if (claimed.outcome !== "claimed") return key;
  const writer = await sink.create(key, { token: claimed.claim.token });
  await writer.write(fakeParquet(rows));
  await writer.publish("absent");
  await claimed.claim.fail(shardError(new BronzeError("SOURCE_INTERRUPTED", "the connection was lost")));
  return key;
}

/** All keys of a sink, but those of the ledger unless they are asked for. */
export async function keysOf(sink: Sink, prefix = "things/"): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of sink.list(prefix)) keys.push(key);
  return keys;
}
