/** Around what is shown, as a share of it. */
const MARGIN = 0.04;

/** The map, with its measures and its legend; null where no shard is a county with an outline. @param {Atlas} atlas */
function mapCard(atlas) {
  const shown = [...atlas.counties.values()].filter(({ state }) => !isInset(state) || inRun(state));
  const paths = new Map(shown.map((county) => [county.geoid, countyPath(atlas, county)]));
  const canvas = svg(
    "svg",
    { class: "map", role: "img", "aria-labelledby": "map-title", preserveAspectRatio: "xMidYMid meet" },
    hatches("map"),
    svg("g", { class: "counties" }, ...paths.values()),
    svg("path", { class: "borders", d: stateBorders(atlas, shown) }),
    svg("path", { class: "ring", d: "" }),
  );
  hover(canvas, atlas);
  const legend = h("ul", { class: "legend", "aria-label": "Legend" });
  const all = measures();
  const measureButtons = buttonsOf(all, (measure) => {
    for (const [geoid, path] of paths) path.setAttribute("class", colourOf(measure, geoid));
    legend.replaceChildren(...measure.legend.map(({ name, label }) => h("li", {}, swatch(name), label)));
  });
  const zoom = () => canvas.setAttribute("viewBox", viewBox(atlas, canvas));
  followers.push(zoom);
  zoom();
  const without = shards.filter(({ geoid }) => geoid === null || !atlas.counties.has(geoid)).length;
  return card(
    "Map",
    "map-card",
    h("div", { class: "controls" }, measureButtons, stateChoice()),
    canvas,
    legend,
    without === 0 ? null : h("p", { class: "muted" }, `${plural(without, "shard")} without an outline: in the table only.`),
  );
}

/** Alaska, Hawaii and the territories, which would stand where they are not beside another state. @param {string} fips */
function isInset(fips) {
  return fips === "02" || fips === "15" || Number(fips) >= 60;
}

/** @param {string} fips */
function inRun(fips) {
  return shards.some(({ state }) => state?.fips === fips);
}

/** @param {Atlas} atlas @param {County} county */
function countyPath(atlas, county) {
  return svg("path", { "data-geoid": county.geoid, d: pathOf(atlas, county.rings) });
}

/** @param {Measure} measure @param {string} geoid */
function colourOf(measure, geoid) {
  const shard = shardOf.get(geoid);
  return shard === undefined ? "c-outside" : measure.classOf(shard);
}

/** @param {Measure[]} all @param {(measure: Measure) => void} show */
function buttonsOf(all, show) {
  const buttons = all.map((measure) =>
    h("button", { type: "button", "data-measure": measure.id, click: () => press(measure) }, measure.label),
  );
  const press = (/** @type {Measure} */ chosen) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.getAttribute("data-measure") === chosen.id));
    show(chosen);
  };
  if (all[0] !== undefined) press(all[0]);
  return h("div", { class: "segments", role: "group", "aria-label": "Colour by" }, ...buttons);
}

function stateChoice() {
  const names = new Map(shards.map(({ state }) => [state?.fips ?? "", state?.name ?? ""]));
  names.delete("");
  if (names.size < 2) return null;
  const sorted = [...names].sort(([, one], [, other]) => (one < other ? -1 : 1));
  const options = sorted.map(([fips, name]) => h("option", { value: fips }, name));
  const change = (/** @type {Event} */ event) => choose({ state: /** @type {HTMLSelectElement} */ (event.target).value || null });
  const select = /** @type {HTMLSelectElement} */ (
    h("select", { "aria-label": "State", change }, h("option", { value: "" }, `All ${names.size} states`), ...options)
  );
  followers.push(() => {
    select.value = view.state ?? "";
  });
  return select;
}

/** What is looked at: the chosen state, else the states of the run, else the country. @param {Atlas} atlas @param {SVGElement} canvas */
function viewBox(atlas, canvas) {
  const wanted = new Set(view.state === null ? shards.map(({ state }) => state?.fips) : [view.state]);
  const boxes = [...atlas.counties.values()].filter(({ state }) => wanted.has(state)).map(({ box }) => box);
  const isWhole = boxes.length === 0 || wanted.size > 25;
  const box = isWhole ? { x0: 0.058 * atlas.width, y0: 0, x1: 0.98 * atlas.width, y1: atlas.height } : around(boxes);
  const margin = isWhole ? 0 : MARGIN * Math.max(box.x1 - box.x0, box.y1 - box.y0);
  const [x, y, width, height] = [box.x0 - margin, box.y0 - margin, box.x1 - box.x0 + 2 * margin, box.y1 - box.y0 + 2 * margin];
  // Hatches keep their size on the screen.
  const scale = Math.max(width / 720, height / 450);
  for (const pattern of canvas.querySelectorAll("pattern"))
    pattern.setAttribute("patternTransform", `scale(${scale}) rotate(45)`);
  return [x, y, width, height].map(Math.round).join(" ");
}

/**
 * Two hues alone can't tell six states apart for everybody: what is in between is hatched.
 * @param {string} place The patterns' own prefix: of the map they keep up with its scale, of swatches they don't.
 */
function hatches(place) {
  const pattern = (/** @type {string} */ name) =>
    svg(
      "pattern",
      { id: `${place}-${name}`, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { class: `hatch-${name}`, width: 5, height: 5 }),
      svg("rect", { class: "hatch-line", width: 2, height: 5 }),
    );
  return svg("defs", {}, ...["lost", "rejected", "new", "none"].map(pattern));
}

/** @param {SVGElement} canvas @param {Atlas} atlas */
function hover(canvas, atlas) {
  const countyAt = (/** @type {Event} */ event) =>
    atlas.counties.get(/** @type {Element} */ (event.target).getAttribute("data-geoid") ?? "");
  canvas.addEventListener("pointermove", (event) => {
    const county = countyAt(event);
    pointOut(county?.geoid ?? null);
    if (county === undefined) hideTooltip();
    else showTooltip(shardOf.get(county.geoid) ?? null, county, event);
  });
  canvas.addEventListener("pointerleave", () => {
    pointOut(null);
    hideTooltip();
  });
  // First into the state, then to the county's row.
  canvas.addEventListener("click", (event) => {
    const county = countyAt(event);
    if (county === undefined || !inRun(county.state)) choose({ state: null, search: "" });
    else if (view.state !== county.state) choose({ state: county.state });
    else choose({ search: view.search === county.geoid ? "" : county.geoid });
  });
}

/** Draws a ring around a county. @param {string | null} geoid */
function pointOut(geoid) {
  const outline = geoid === null ? null : document.querySelector(`.counties path[data-geoid="${CSS.escape(geoid)}"]`);
  document.querySelector(".map .ring")?.setAttribute("d", outline?.getAttribute("d") ?? "");
}
