const SLOWEST = 7;
const BINS = 120;

/** From the first start to the last end, or until now while something runs. */
function timing() {
  const begun = shards.filter(({ startedAt }) => startedAt !== null);
  const startedAt = begun.reduce((first, shard) => Math.min(first, shard.startedAt ?? Infinity), Infinity);
  const endedAt = begun.reduce((last, shard) => Math.max(last, shard.endedAt ?? data.generatedAt), 0);
  const durations = begun
    .filter(({ status }) => status === "landed")
    .map((shard) => shard.duration ?? 0)
    .sort((one, other) => one - other);
  return {
    begun,
    startedAt,
    endedAt,
    wallMs: begun.length === 0 ? 0 : endedAt - startedAt,
    workMs: sum(begun, (shard) => shard.duration),
    durations,
  };
}

function timingsCard() {
  const { begun, startedAt, endedAt, wallMs, workMs, durations } = timing();
  if (begun.length === 0) return card("Timings", "timings", h("p", { class: "muted" }, "Nothing has begun yet."));
  const isOver = statusCounts.running === 0;
  /** @type {[string, string][]} */
  const facts = [
    ["First start", `${instant(startedAt)} UTC`],
    [isOver ? "Last end" : "Still running at", `${instant(endedAt)} UTC`],
    ["At work on average", `${(workMs / Math.max(1, wallMs)).toFixed(1)} at once`],
  ];
  if (durations.length > 1) {
    facts.push(
      ["Median", duration(quantile(durations, 0.5))],
      ["95 % within", duration(quantile(durations, 0.95))],
      ["Longest", duration(durations.at(-1) ?? 0)],
    );
  }
  return card(
    "Timings",
    "timings",
    h("dl", { class: "facts" }, ...facts.map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value)))),
    begun.length > 3 ? atWork(begun, startedAt, endedAt) : null,
  );
}

/** How many shards were at work, over time. @param {Shard[]} begun @param {number} from @param {number} to */
function atWork(begun, from, to) {
  const step = Math.max(1, (to - from) / BINS);
  const bins = new Array(BINS).fill(0);
  for (const { startedAt, endedAt } of begun) {
    const [first, last] = [startedAt ?? from, endedAt ?? to].map((at) => (at - from) / step);
    // A bin counts the share of its time, so that many short shards are not many at once.
    for (let bin = Math.floor(first ?? 0); bin < BINS && bin < (last ?? 0); bin++)
      bins[bin] += Math.min(bin + 1, last ?? 0) - Math.max(bin, first ?? 0);
  }
  const most = Math.max(1, ...bins);
  const y = (/** @type {number} */ value) => (100 - (96 * value) / most).toFixed(2);
  const line = bins.map((value, bin) => `${bin === 0 ? "M" : "L"}${bin} ${y(value)}H${bin + 1}`).join("");
  const middle = from + (to - from) / 2;
  const time = (/** @type {number} */ at) => instant(at).slice(to - from > 86_400_000 ? 0 : 11, to - from > 86_400_000 ? 16 : 19);
  return h(
    "figure",
    {},
    h("figcaption", {}, `${NOUN === "county" ? "Counties" : "Shards"} at work, at most ${Math.round(most)} at once`),
    svg(
      "svg",
      { class: "chart", viewBox: `0 0 ${BINS} 100`, preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("path", { class: "area", d: `${line}V100H0z` }),
      svg("path", { class: "line", d: line }),
    ),
    h("div", { class: "axis" }, ...[from, middle, to].map((at) => h("span", {}, time(at)))),
  );
}

function slowestCard() {
  const timed = shards.filter((shard) => shard.duration !== null && shard.status !== "lost");
  if (timed.length < 2) return null;
  const slowest = timed.sort((one, other) => (other.duration ?? 0) - (one.duration ?? 0)).slice(0, SLOWEST);
  const longest = slowest[0]?.duration || 1;
  const rows = slowest.map((shard) => {
    const speed =
      shard.rows === null
        ? STATUSES[shard.status].label.toLowerCase()
        : `${shortCount(shard.rows / Math.max(0.001, (shard.duration ?? 0) / 1000))} rows/s`;
    const bar = svg(
      "svg",
      { class: "bar", viewBox: "0 0 1000 6", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { class: `c-${shard.status}`, width: (1000 * (shard.duration ?? 0)) / longest, height: 6 }),
    );
    const name = shard.state === null ? shard.name : `${shard.name}, ${shard.state.code}`;
    return h(
      "li",
      { pointerenter: () => pointOut(shard.geoid), pointerleave: () => pointOut(null) },
      h("span", { class: "name" }, name),
      h("span", { class: "time" }, duration(shard.duration)),
      bar,
      h("span", { class: "muted" }, speed),
    );
  });
  return card("Slowest", "slowest", h("ol", {}, ...rows));
}
