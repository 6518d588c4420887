const tooltip = h("div", { class: "tooltip", role: "tooltip", id: "tooltip", hidden: true });

/**
 * @param {Shard | null} shard Null for a county outside the run.
 * @param {County} county
 * @param {{ clientX: number, clientY: number }} at
 */
function showTooltip(shard, county, at) {
  const state = atlas?.states.get(county.state);
  tooltip.replaceChildren(
    h("p", { class: "where" }, h("strong", {}, county.name), ` ${state?.name ?? ""} · ${county.geoid}`),
    ...(shard === null ? [h("p", { class: "muted" }, "not in this run")] : tooltipFacts(shard)),
  );
  tooltip.hidden = false;
  const { width, height } = tooltip.getBoundingClientRect();
  const left = at.clientX + 16 + width > window.innerWidth - 8 ? at.clientX - 16 - width : at.clientX + 16;
  const top = at.clientY + 16 + height > window.innerHeight - 8 ? at.clientY - 12 - height : at.clientY + 16;
  tooltip.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
}

function hideTooltip() {
  tooltip.hidden = true;
}

/** @param {Shard} shard */
function tooltipFacts(shard) {
  /** @type {[string, string][]} */
  const facts = [["Rows", count(shard.rows)]];
  if (shard.rows === null && shard.rowsExpected !== null) facts[0] = ["Rows expected", count(Math.round(shard.rowsExpected))];
  if (shard.change !== null) facts.push(["Change", `${changeOf(shard)} (${count(shard.rowsBefore)} before)`]);
  if (shard.bytes !== null) facts.push(["Bytes", bytes(shard.bytes)]);
  if (shard.duration !== null) facts.push(["Duration", duration(shard.duration)]);
  if (shard.attempts > 1) facts.push(["Attempts", count(shard.attempts)]);
  return [
    h("p", {}, statusPill(shard.status)),
    h("dl", {}, ...facts.flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)])),
    shard.message === null ? null : h("p", { class: "message" }, shard.message),
  ].filter((part) => part !== null);
}

/** @param {Status} status */
function statusPill(status) {
  const { label, mark, says } = STATUSES[status];
  return h("span", { class: `pill p-${status}`, title: says }, h("span", { "aria-hidden": "true" }, mark), ` ${label}`);
}

/** @param {Shard} shard */
function changeOf(shard) {
  if (shard.isNew) return "new";
  return shard.change === Infinity ? "from none" : change(shard.change);
}
