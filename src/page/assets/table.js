/** Rows drawn at once; the rest on demand. */
const PAGE_ROWS = 100;

/** What needs somebody comes first. @type {Status[]} */
const URGENCY = ["failed", "rejected", "lost", "missing", "running", "superseded", "landed"];

/** @typedef {{ id: string, label: string, value: (shard: Shard) => string | number | null, cell: (shard: Shard) => Node | string, isNumber?: boolean }} Column */

/** @returns {Column[]} */
function columnsOf() {
  const hasCounties = shardOf.size > 0;
  /** @type {(Column | null)[]} */
  const columns = [
    { id: "name", label: hasCounties ? "County" : "Shard", value: ({ name }) => name.toLowerCase(), cell: nameCell },
    shards.some(({ state }) => state !== null)
      ? { id: "state", label: "State", value: ({ state }) => state?.name ?? null, cell: ({ state }) => state?.code ?? NONE }
      : null,
    {
      id: "status",
      label: "Status",
      value: ({ status }) => URGENCY.indexOf(status),
      cell: ({ status }) => statusPill(status),
    },
    { id: "rows", label: "Rows", value: ({ rows }) => rows, cell: ({ rows }) => count(rows), isNumber: true },
    data.previous === null
      ? null
      : { id: "change", label: "Change", value: ({ change }) => change, cell: changeOf, isNumber: true },
    { id: "bytes", label: "Bytes", value: (shard) => shard.bytes, cell: (shard) => bytes(shard.bytes), isNumber: true },
    {
      id: "duration",
      label: "Duration",
      value: (shard) => shard.duration,
      cell: (shard) => duration(shard.duration),
      isNumber: true,
    },
    {
      id: "attempts",
      label: "Attempts",
      value: ({ attempts }) => attempts,
      cell: ({ attempts }) => count(attempts),
      isNumber: true,
    },
    {
      id: "ended",
      label: "Ended (UTC)",
      value: ({ endedAt }) => endedAt,
      cell: ({ endedAt }) => instant(endedAt),
      isNumber: true,
    },
    data.reasons.length === 0
      ? null
      : {
          id: "message",
          label: "Reason",
          value: ({ message }) => message,
          cell: ({ message }) => h("span", { class: "message", title: message }, message ?? ""),
        },
  ];
  return columns.filter((column) => column !== null);
}

/** @param {Shard} shard */
function nameCell({ name, id, source }) {
  const table = source.replace(/^public\./, "");
  const others = [...new Set([id, table])].filter((text) => text !== name && text !== "" && text !== "query");
  return h("span", { class: "shard" }, name, others.length === 0 ? null : h("small", {}, others.join(" · ")));
}

function tableCard() {
  const columns = columnsOf();
  const first = columns.find(({ id }) => id === (statusCounts.landed < shards.length ? "status" : "rows"));
  let sort = { column: /** @type {Column} */ (first), isDescending: first?.isNumber === true };
  let limit = PAGE_ROWS;
  const heads = columns.map((column) => {
    const press = () => {
      sort = { column, isDescending: sort.column === column ? !sort.isDescending : column.isNumber === true };
      draw();
    };
    return h(
      "th",
      { scope: "col", class: column.isNumber === true ? "number" : null, "data-column": column.id },
      h("button", { type: "button", click: press }, column.label, h("span", { class: "arrow", "aria-hidden": "true" })),
    );
  });
  const body = h("tbody");
  const more = h("button", {
    type: "button",
    class: "more",
    click: () => {
      limit = Infinity;
      draw();
    },
  });
  const filters = tableFilters();
  function draw() {
    const found = sorted(shards.filter(isShown), sort.column, sort.isDescending);
    heads.forEach((head, index) => {
      const isSorted = columns[index] === sort.column;
      if (isSorted) head.setAttribute("aria-sort", sort.isDescending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    body.replaceChildren(...found.slice(0, limit).map((shard) => tableRow(shard, columns)));
    more.hidden = found.length <= limit;
    more.textContent = `Show all ${count(found.length)}`;
    filters.say(found);
  }
  followers.push(() => {
    limit = PAGE_ROWS;
    draw();
  });
  draw();
  const table = h("table", {}, h("thead", {}, h("tr", {}, ...heads)), body);
  return card(
    NOUN === "county" ? "Counties" : "Shards",
    "table-card",
    filters.element,
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-labelledby": "table-card-title" }, table),
    more,
  );
}

/** @param {Shard} shard @param {Column[]} columns */
function tableRow(shard, columns) {
  const cells = columns.map((column) => h("td", { class: column.isNumber === true ? "number" : null }, column.cell(shard)));
  return h(
    "tr",
    { "data-shard": shard.id, pointerenter: () => pointOut(shard.geoid), pointerleave: () => pointOut(null) },
    ...cells,
  );
}

/** What has no value comes last, whichever way. @param {Shard[]} found @param {Column} column @param {boolean} isDescending */
function sorted(found, { value }, isDescending) {
  const keyed = found.map((shard) => ({ shard, key: value(shard) }));
  keyed.sort((one, other) => {
    if (one.key === other.key) return 0;
    if (one.key === null) return 1;
    if (other.key === null) return -1;
    return one.key < other.key === isDescending ? 1 : -1;
  });
  return keyed.map(({ shard }) => shard);
}

/** @param {Shard} shard */
function isShown(shard) {
  if (view.status !== null && shard.status !== view.status) return false;
  if (view.state !== null && shard.state?.fips !== view.state) return false;
  if (view.reason !== null && shard.reason !== view.reason) return false;
  const wanted = view.search.trim().toLowerCase();
  return (
    wanted === "" || [shard.name, shard.id, shard.source, shard.message ?? ""].some((text) => text.toLowerCase().includes(wanted))
  );
}

function tableFilters() {
  const input = (/** @type {Event} */ event) => choose({ search: /** @type {HTMLInputElement} */ (event.target).value });
  const search = /** @type {HTMLInputElement} */ (
    h("input", { type: "search", placeholder: "Name, code, table or reason", "aria-label": "Search", input })
  );
  const chips = h("div", { class: "chips" });
  const total = h("p", { class: "muted", role: "status" });
  return {
    element: h("div", { class: "controls" }, search, chips, total),
    /** @param {Shard[]} found */
    say(found) {
      if (search.value !== view.search) search.value = view.search;
      const state = shards.find((shard) => shard.state?.fips === view.state)?.state;
      chips.replaceChildren(
        ...[
          view.status === null ? null : chip(STATUSES[view.status].label, { status: null }),
          view.state === null ? null : chip(state?.name ?? view.state, { state: null }),
          view.reason === null ? null : chip(data.reasons[view.reason]?.code ?? "", { reason: null }),
        ].filter((one) => one !== null),
      );
      const rows = sum(found, (shard) => shard.rows);
      total.textContent = `${plural(found.length, NOUN)}, ${plural(rows, "row")}, ${bytes(sum(found, (shard) => shard.bytes))}`;
    },
  };
}

/** @param {string} label @param {Partial<typeof view>} undo */
function chip(label, undo) {
  return h(
    "button",
    { type: "button", class: "chip", "aria-label": `Remove filter ${label}`, click: () => choose(undo) },
    label,
    h("span", { "aria-hidden": "true" }, " ×"),
  );
}
