import { releaseClaim } from "../ledger/claims.ts";
import { announce, type Current, type Move, type Published, publish, readPublished, withdraw } from "../ledger/current.ts";
import { type RunPlan, readPlan } from "../ledger/plan.ts";
import { hasAllReceipts } from "../ledger/receipts.ts";
import type { ShardState } from "../ledger/status.ts";
import type { RunSummary } from "../ledger/summary.ts";
import type { Sink } from "../sink/sink.ts";
import { changedObjects } from "./compare-objects.ts";

/** What became of the pointer that readers go by. */
export type Publication =
  | { readonly published: true; readonly move: Move; readonly current: Published }
  | { readonly published: false; readonly move: Unpublished; readonly reason: string };

/**
 * incomplete: shards are absent · superseded: others landed its keys since · unsettled: others are about to · changed: objects are not what
 * the manifests say · narrower: readers would lose shards · shrunk: the snapshot lost too much · older: readers are on a newer one
 */
export type Unpublished = "incomplete" | "superseded" | "unsettled" | "changed" | "narrower" | "shrunk" | "older" | "not asked";

export interface PublishOptions {
  /** Publishes although shards are absent, or fewer were asked for than readers see now. */
  readonly allowPartial: boolean;
  /** Publishes although the snapshot lost more than `maxShrink`. */
  readonly allowShrink: boolean;
  /** Fraction of shards or rows that a snapshot may lose against the one before it. */
  readonly maxShrink: number;
}

/**
 * Moves `current.json` to a run, if all of it is there and its own. `states` is asked for after the announcement: see docs/landing.md.
 * @param states the run's shards, read anew
 */
export async function publishRun(
  sink: Sink,
  plan: RunPlan,
  options: PublishOptions,
  states: () => Promise<{ readonly shards: readonly ShardState[]; readonly summary: RunSummary }>,
): Promise<{ readonly publication: Publication; readonly shards: readonly ShardState[]; readonly summary: RunSummary }> {
  // Where a receipt is missing a shard most likely is: then nobody needs to hear of it.
  if (!options.allowPartial && !(await hasAllReceipts(sink, plan))) {
    const { shards, summary } = await states();
    const publication = standing(plan, shards, options);
    if (publication !== null) return { publication, shards, summary };
  }
  for (let tries = 1; ; tries++) {
    const announced = await announce(sink, plan);
    const { shards, summary } = await states();
    await takeFromTheSilent(sink, plan, shards);
    const refusal = standing(plan, shards, options) ?? (await changed(sink, shards));
    const publication = refusal ?? (await move(sink, plan, shards, summary, options, announced));
    if (publication !== "announced by others") {
      if (!publication.published) await withdraw(sink, plan.object, new Set([plan.run]));
      return { publication, shards, summary };
    }
    // Another publisher's announcement took the place of this one, or a landing of another kind took it back: what was seen under it
    // doesn't count any more.
    if (tries < MOST_TRIES) continue;
    const told = unpublished("unsettled", "others publish, or land over it, at the same time");
    return { publication: told, shards, summary };
  }
}

/** Publications of one object that get in each other's way: more in a row are no accident. */
const MOST_TRIES = 5;

function unpublished(move: Unpublished, reason: string): Publication & { published: false } {
  return { published: false, move, reason };
}

/** Why a run can't be published as its shards stand; null when it can. */
function standing(plan: RunPlan, shards: readonly ShardState[], { allowPartial }: PublishOptions) {
  const superseded = shards.filter(({ status }) => status === "superseded");
  if (superseded.length > 0) {
    const [first] = superseded;
    return unpublished(
      "superseded",
      `run ${first!.manifest!.run}, planned later, has landed ${superseded.length} of its ${plan.shards.length} shards`,
    );
  }
  const absent = absentOf(plan, shards);
  if (absent.length > 0 && !allowPartial) {
    const planned = plan.shards.length + plan.rejected.length;
    return unpublished("incomplete", `${absent.length} of ${planned} shards are absent`);
  }
  const [other] = shards.flatMap(({ shard, holder, openIntents }) =>
    [...(holder === null || holder.isOver ? [] : [holder]), ...openIntents]
      .filter(({ fingerprint }) => fingerprint !== plan.fingerprint)
      .map(({ run }) => ({ shard, run })),
  );
  if (other === undefined) return null;
  return unpublished(
    "unsettled",
    `run ${other.run}, of another config or schema, may land shard ${other.shard} over it; publish when that has ended`,
  );
}

/** A process of another kind that fell silent must not wake up and land inside the published run. */
async function takeFromTheSilent(sink: Sink, plan: RunPlan, shards: readonly ShardState[]): Promise<void> {
  for (const { key, holder } of shards) {
    if (holder === null || !holder.isOver || holder.fingerprint === plan.fingerprint) continue;
    await releaseClaim(sink, plan.object, key, ({ token }) => token === holder.token);
  }
}

async function changed(sink: Sink, shards: readonly ShardState[]) {
  const files = shards.flatMap(({ manifest }) => manifest?.files ?? []);
  const found = await changedObjects(sink, files);
  const [first] = found;
  if (first === undefined) return null;
  const others = found.length > 1 ? `, and ${found.length - 1} more` : "";
  return unpublished("changed", `${sink.locate(first.key)} ${first.how}${others}; land it again, or restore it`);
}

/** Shards of the plan that have no manifest, and rows of the lookup that could not become a shard. */
export function absentOf(plan: RunPlan, shards: readonly ShardState[]): string[] {
  return [
    ...shards.flatMap(({ shard, manifest }) => (manifest === null ? [shard] : [])),
    ...plan.rejected.map(({ label }) => label),
  ];
}

async function move(
  sink: Sink,
  plan: RunPlan,
  shards: readonly ShardState[],
  summary: RunSummary,
  options: PublishOptions,
  announced: Current["next"],
): Promise<Publication | "announced by others"> {
  const next: Published = {
    run: plan.run,
    snapshot_dt: plan.snapshot_dt,
    planned_at: plan.planned_at,
    fingerprint: plan.fingerprint,
    published_at: new Date().toISOString(),
    landed: summary.landed,
    absent: absentOf(plan, shards),
    partial: isChoice(plan),
    rows: summary.rows,
    bytes: summary.bytes,
  };
  // What readers would lose is read before the swap; should readers be moved meanwhile, it is read again.
  for (;;) {
    const lost = await lostShards(sink, plan);
    const { move, published, refusal } = await publish(sink, plan.object, next, (current) => {
      if (announced === null || current.next?.seq !== announced.seq) return { move: "announced by others", reason: "" };
      if ((current.published?.run ?? null) !== lost.run) return { move: "moved", reason: "" };
      return refusalOf(current.published, next, plan, lost.shards, options);
    });
    if (refusal?.move === "moved") continue;
    if (refusal?.move === "announced by others") return refusal.move;
    if (refusal !== null) return unpublished(refusal.move as Unpublished, refusal.reason);
    if (move !== "older") return { published: true, move, current: published! };
    return unpublished("older", `readers are on run ${published!.run} of ${published!.snapshot_dt}, which was planned later`);
  }
}

/** The run that readers are on, and which of its shards the plan doesn't have. */
async function lostShards(
  sink: Sink,
  plan: RunPlan,
): Promise<{ readonly run: string | null; readonly shards: readonly string[] }> {
  const published = await readPublished(sink, plan.object);
  if (published === null || published.run === plan.run) return { run: published?.run ?? null, shards: [] };
  const shown = await readPlan(sink, plan.object, published.run);
  const own = new Set<string>(plan.shards.map(({ id }) => id));
  const lost = shown?.shards.filter(({ id }) => !own.has(id) && !published.absent.includes(id)) ?? [];
  return { run: published.run, shards: lost.map(({ id }) => id) };
}

function refusalOf(
  published: Published | null,
  next: Published,
  plan: RunPlan,
  lost: readonly string[],
  options: PublishOptions,
) {
  const { allowPartial, allowShrink, maxShrink } = options;
  if (!allowPartial && plan.since_refresh) {
    return { move: "narrower", reason: "it holds only shards that changed; --allow-partial publishes it" };
  }
  // A lookup that lost a few shards on its own is the source's news; a choice that was made here is not.
  if (!allowPartial && next.partial && lost.length > 0) {
    return {
      move: "narrower",
      reason: `it holds a choice of shards, and ${lost.length} that readers see now, in run ${published!.run}, are not among them`,
    };
  }
  if (allowPartial || allowShrink || published === null) return null;
  for (const [what, before, now] of [
    ["shards", published.landed, next.landed],
    ["rows", published.rows, next.rows],
  ] as const) {
    if (now < before * (1 - maxShrink)) {
      return {
        move: "shrunk",
        reason: `it has ${now} ${what} where readers see ${before}, more than ${+(maxShrink * 100).toFixed(2)} % fewer; --allow-shrink publishes it`,
      };
    }
  }
  return null;
}

/** Whether the run was asked for some of the object's shards alone. */
export function isChoice({ selection, since_refresh }: RunPlan): boolean {
  return since_refresh || Object.values(selection).some((values) => values.length > 0);
}
