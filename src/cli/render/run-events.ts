import type { RunPlan } from "../../ledger/plan.ts";
import type { RunEvents } from "../../submit/contract.ts";
import type { Talk } from "../command.ts";
import { awaySentence, extractEvents } from "./extract-events.ts";
import { bytes, count, duration } from "./format.ts";
import { withFacts } from "./talk-facts.ts";

/** Tells of a run of many shards at once: one line of totals that moves on a terminal, one JSON line for each event elsewhere. */
export function runEvents(talk: Talk, plan: RunPlan, total: number): RunEvents {
  const own = withFacts(talk, { run: plan.run });
  const single = extractEvents({ ...own, status: () => {} });
  const startedAt = performance.now();
  /** Rows and wire bytes of shards under way; those of shards that ended stand in `done`. */
  const underway = new Map<string, { rows: number; wireBytes: number }>();
  const done = { shards: 0, failed: 0, rows: 0, wireBytes: 0 };

  function showTotals(): void {
    let { rows, wireBytes } = done;
    for (const one of underway.values()) {
      rows += one.rows;
      wireBytes += one.wireBytes;
    }
    const elapsedMs = performance.now() - startedAt;
    const perSecond = (value: number): number => (value * 1000) / elapsedMs;
    const left = done.shards === 0 ? null : (elapsedMs / done.shards) * (total - done.shards);
    const parts = [
      `${count(done.shards)} of ${count(total)} counties`,
      done.failed === 0 ? null : `${count(done.failed)} failed`,
      `${count(Math.round(perSecond(rows)))} rows/s`,
      `${bytes(perSecond(wireBytes))}/s`,
      left === null ? null : `about ${duration(left)} left`,
    ];
    talk.status(parts.filter((part) => part !== null).join(" · "));
  }

  return {
    extract: {
      ...single,
      progress({ shard, rows, wireBytes }) {
        underway.set(shard.id, { rows, wireBytes });
        showTotals();
      },
      sourceAway(event) {
        single.sourceAway(event);
        talk.status(awaySentence(event.tries));
      },
      sourceBack(event) {
        single.sourceBack(event);
        showTotals();
      },
    },
    settled(shard, end) {
      const read = underway.get(shard.id) ?? { rows: 0, wireBytes: 0 };
      underway.delete(shard.id);
      done.shards++;
      if (end.outcome === "failed") {
        done.failed++;
        single.shardFailed({ shard, error: end.error });
      } else if (end.outcome === "landed" && end.fresh) {
        done.rows += read.rows;
        done.wireBytes += read.wireBytes;
        single.shardLanded({ shard, manifest: end.manifest });
      } else {
        single.shardSkipped({ shard, manifest: end.manifest, reason: end.outcome });
      }
      showTotals();
    },
    retried(shard, attempt, error) {
      single.restarted({ shard, attempt, error });
    },
  };
}
