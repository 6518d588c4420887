/** Shards named under a reason before the rest is left to the table. */
const NAMED = 12;

function failuresCard() {
  if (data.reasons.length === 0) {
    const nothing = statusCounts.landed === shards.length ? "No shard failed." : "No shard has failed so far.";
    return card("Failures", "failures", h("p", { class: "muted" }, nothing));
  }
  return card("Failures", "failures", h("ol", {}, ...data.reasons.map(reasonItem)));
}

/** @param {ReportData["reasons"][number]} reason @param {number} index */
function reasonItem(reason, index) {
  const members = shards.filter((shard) => shard.reason === index);
  const names = members
    .slice(0, NAMED)
    .map((shard) => h("li", {}, shard.state === null ? shard.name : `${shard.name}, ${shard.state.code}`));
  const more = members.length - names.length;
  const press = () => choose({ reason: view.reason === index ? null : index });
  const button = h(
    "button",
    { type: "button", class: "link", "aria-pressed": "false", click: press },
    `Show ${more > 0 ? "all " : ""}in table`,
  );
  followers.push(() => button.setAttribute("aria-pressed", String(view.reason === index)));
  return h(
    "li",
    { class: "reason" },
    h(
      "p",
      { class: "head" },
      h("span", { class: "count" }, count(members.length)),
      h("code", {}, reason.code),
      h("span", { class: `tag ${reason.retryable ? "soft" : ""}` }, reason.retryable ? "retry may help" : "needs a change"),
    ),
    h("p", { class: "message" }, reason.message),
    reason.hint === null ? null : h("p", { class: "hint" }, reason.hint),
    h(
      "details",
      { open: members.length <= 3 },
      h("summary", {}, plural(members.length, NOUN)),
      h("ul", { class: "names" }, ...names, more > 0 ? h("li", { class: "muted" }, `and ${count(more)} more`) : null),
    ),
    button,
  );
}
