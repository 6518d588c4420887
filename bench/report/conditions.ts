import type { Conditions } from "../measure/conditions.ts";
import { mebibytes } from "./format.ts";
import type { Section } from "./section.ts";

export function conditionsSection(conditions: Conditions): Section {
  const { date, version, cpu, cores, memoryBytes, load, node, platform, postgres, server, otherSessions } = conditions;
  return {
    title: "Conditions",
    notes: [
      `${date} UTC, pg-bronze ${version}, Node ${node} on ${platform}`,
      `${cores} cores of ${cpu}, ${mebibytes(memoryBytes)} MiB; load average before the first run ${load}`,
      `PostgreSQL ${postgres}, ${server}${otherSessions > 0 ? `; ${otherSessions} sessions of others at it, whose CPU time may be counted too` : ""}`,
      "Whole processes, start-up included, one at a time, the order rotated from round to round; ratios are medians of the ratios within each round.",
      "Client CPU: user and system time of the process and all its threads, as the kernel told at its end. Server CPU: the same of all of the server's processes. Peak RSS: VmHWM of the largest process.",
    ],
  };
}
