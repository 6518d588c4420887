const hasMap = atlas !== null && shards.some(({ geoid }) => geoid !== null && atlas.counties.has(geoid));
document.body.append(
  svg("svg", { class: "patterns", "aria-hidden": "true" }, hatches("swatch")),
  pageHeader(),
  h("main", {}, progress(), tiles(), ...cards(), tableCard()),
  h("footer", {}, `Written by ${data.tool}.${hasMap ? " County outlines: US Census Bureau, by way of us-atlas." : ""}`),
  tooltip,
);

/** What needs most room beside what needs least. */
function cards() {
  const [failures, timings, slowest] = [failuresCard(), timingsCard(), slowestCard()];
  if (!hasMap) return [timings, columns(failures, slowest)];
  if (data.reasons.length === 0) return [columns(mapCard(atlas), h("div", { class: "stack" }, failures, slowest)), timings];
  return [columns(mapCard(atlas), failures), columns(timings, slowest)];
}

/** A wide card and a narrow one beside it. @param {Node} wide @param {Node | null} narrow */
function columns(wide, narrow) {
  return narrow === null ? wide : h("div", { class: "columns" }, wide, narrow);
}
