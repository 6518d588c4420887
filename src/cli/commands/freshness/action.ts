import { readPublished } from "../../../ledger/current.ts";
import type { CommandAction } from "../../command.ts";
import { withLedger } from "../../ledger-access.ts";
import { metricFacts } from "../../metric-facts.ts";
import { age } from "../../render/format.ts";
import { snapshotAge } from "../../run-metrics.ts";

export const freshnessAction: CommandAction = (input) =>
  withLedger(input, async ({ object, sink }) => {
    const { flags, talk } = input;
    const current = await readPublished(sink, object);
    const metrics = snapshotAge(current, Date.now());
    const ageMs = metrics.snapshot_age_seconds === undefined ? null : metrics.snapshot_age_seconds * 1000;
    const isStale = flags.maxAge !== undefined && (ageMs === null || ageMs > flags.maxAge);
    const seen =
      current === null || ageMs === null
        ? `nothing of ${object} was ever published in ${sink.url}`
        : `readers of ${object} see run ${current.run}, snapshot ${current.snapshot_dt}, published ${age(ageMs)} ago`;
    const text = isStale ? `${seen}: older than ${age(flags.maxAge!)}` : seen;
    // People get it on stdout.
    const level = isStale ? "warn" : talk.format === "json" ? "info" : "debug";
    talk.say(level, "freshness", text, { run: current?.run, ...(await metricFacts(input, object, metrics)) });
    return {
      exitCode: isStale ? 1 : 0,
      document: { object, sink: sink.url, published: current, age_seconds: ageMs === null ? null : ageMs / 1000, stale: isStale },
      text: () => `${text}\n`,
    };
  });
