function pageHeader() {
  const facts = [
    ["Run", data.run],
    ["Sink", data.sink],
    ["Planned", `${instant(data.createdAt)} UTC`],
    ...(data.cancelledAt === null ? [] : [["Cancelled", `${instant(data.cancelledAt)} UTC`]]),
    ["As of", `${instant(data.generatedAt)} UTC`],
    ["Readers see", publishedAs()],
    ...(data.effort === null
      ? []
      : [
          ["Estimated", data.effort.estimated],
          ["Actual", data.effort.actual],
        ]),
  ];
  return h(
    "header",
    {},
    h("div", { class: "title" }, h("h1", {}, data.object, h("span", {}, ` ${data.snapshotDt}`)), verdict()),
    h("dl", { class: "facts" }, ...facts.map(([term = "", value = ""]) => h("div", {}, h("dt", {}, term), h("dd", {}, value)))),
  );
}

function publishedAs() {
  if (data.published === null) return "nothing yet";
  return data.published.run === data.run ? "this run" : `${data.published.snapshotDt} (${data.published.run})`;
}

function verdict() {
  const { landed, superseded, running, lost, failed, rejected } = statusCounts;
  const bad = failed + rejected + lost;
  if (shards.length > 0 && landed + superseded === shards.length) return h("p", { class: "verdict good" }, "Complete");
  if (data.cancelledAt !== null) return h("p", { class: "verdict bad" }, "Cancelled");
  if (running > 0) return h("p", { class: "verdict busy" }, bad > 0 ? `Running, ${count(bad)} failed` : "Running");
  return h("p", { class: "verdict bad" }, bad > 0 ? `${count(bad)} failed` : "Incomplete");
}

/** One bar for all shards, and a button for each status: it filters the map's table. */
function progress() {
  const used = STATUS_ORDER.filter((status) => statusCounts[status] > 0);
  const bar = svg("svg", { class: "bar", viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" });
  let x = 0;
  for (const status of used) {
    // A failure among thousands is still seen.
    const width = Math.max(3, (1000 * statusCounts[status]) / shards.length);
    bar.append(svg("rect", { class: `c-${status}`, x, width, height: 10 }));
    x += width;
  }
  bar.setAttribute("viewBox", `0 0 ${x} 10`);
  const buttons = used.map((status) => {
    const press = () => choose({ status: view.status === status ? null : status });
    const label = h("span", {}, STATUSES[status].label);
    return h(
      "button",
      { type: "button", class: "status", "data-status": status, title: STATUSES[status].says, click: press },
      swatch(`c-${status}`),
      label,
      h("b", {}, count(statusCounts[status])),
    );
  });
  followers.push(() => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.getAttribute("data-status") === view.status));
  });
  return h(
    "div",
    { class: "progress" },
    bar,
    h("div", { class: "statuses", role: "group", "aria-label": "Show only" }, ...buttons),
  );
}

function tiles() {
  const landed = shards.filter(({ status }) => status === "landed");
  const [rows, size] = [sum(landed, (shard) => shard.rows), sum(landed, (shard) => shard.bytes)];
  const { wallMs, workMs } = timing();
  const retried = shards.filter(({ attempts }) => attempts > 1).length;
  const perSecond = (/** @type {number} */ amount) => (wallMs > 0 ? (amount * 1000) / wallMs : 0);
  const percent = shards.length === 0 ? 0 : (100 * landed.length) / shards.length;
  return h(
    "div",
    { class: "tiles" },
    tile(
      "Landed",
      count(landed.length),
      `of ${plural(shards.length, NOUN)}, ${percent === 100 || percent === 0 ? percent : Math.min(99.9, percent).toFixed(1)} %`,
    ),
    tile("Rows", shortCount(rows), rowsNote(landed), count(rows)),
    tile("Bytes", bytes(size), rows > 0 ? `${(size / rows).toFixed(0)} bytes a row` : "no rows", `${count(size)} bytes`),
    tile("Wall time", duration(wallMs), wallMs > 0 ? `${duration(workMs)} of work` : "nothing has run"),
    tile("Throughput", `${shortCount(perSecond(rows))} rows/s`, `${bytes(perSecond(size))}/s written`),
    tile(
      "Retried",
      count(retried),
      retried === 0
        ? "all went at the first attempt"
        : `${plural(
            sum(shards, ({ attempts }) => Math.max(0, attempts - 1)),
            "attempt",
          )} more`,
    ),
  );
}

/** @param {Shard[]} landed */
function rowsNote(landed) {
  const common = landed.filter(({ rowsBefore }) => rowsBefore !== null);
  if (data.previous === null || common.length === 0) return "no earlier run to compare with";
  const before = sum(common, (shard) => shard.rowsBefore);
  const now = sum(common, (shard) => shard.rows);
  return before === 0 ? "none before" : `${change(now / before - 1)} since ${data.previous.snapshotDt}`;
}

/** @param {string} label @param {string} value @param {string} note @param {string | null} [exact] */
function tile(label, value, note, exact = null) {
  return h(
    "div",
    { class: "tile" },
    h("p", { class: "label" }, label),
    h("p", { class: "value", title: exact }, ...withSmallUnits(value)),
    h("p", { class: "note" }, note),
  );
}

/** Figures large, units small. @param {string} value */
function withSmallUnits(value) {
  return value.split(/(?<= )([A-Za-z/]+)/).map((part, index) => (index % 2 === 1 ? h("small", {}, part) : part));
}
