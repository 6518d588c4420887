/** @typedef {{ x0: number, y0: number, x1: number, y1: number }} Box */
/** @typedef {{ geoid: string, name: string, state: string, rings: number[][], box: Box }} County */
/** @typedef {{ width: number, height: number, arcs: number[][], states: Map<string, { code: string, name: string }>, counties: Map<string, County> }} Atlas */

/**
 * Reads the outlines; outlines.ts tells what the lines are. Null in a report without counties.
 * @param {string} text
 * @returns {Atlas | null}
 */
function readAtlas(text) {
  if (text === "") return null;
  const lines = text.split("\n");
  const [width = 0, height = 0, arcCount = 0, stateCount = 0] = (lines[0] ?? "").split("\t").map(Number);
  const arcs = lines.slice(1, 1 + arcCount).map(decodeArc);
  const states = new Map();
  for (const line of lines.slice(1 + arcCount, 1 + arcCount + stateCount)) {
    const [fips, code, name] = line.split("\t");
    states.set(fips, { code, name });
  }
  const counties = new Map();
  for (const line of lines.slice(1 + arcCount + stateCount)) {
    const [geoid = "", name, text = ""] = line.split("\t");
    const rings = text.split(";").map((ring) => ring.split(",").map(Number));
    counties.set(geoid, {
      geoid,
      name,
      state: geoid.slice(0, 2),
      rings,
      box: boxOf(rings.flat().map((arc) => arcs[arc < 0 ? ~arc : arc] ?? [])),
    });
  }
  return { width, height, arcs, states, counties };
}

/** @param {string} text @returns {number[]} x, y, x, y, … */
function decodeArc(text) {
  /** @type {number[]} */
  const positions = [];
  let value = 0;
  let scale = 1;
  for (let i = 0; i < text.length; i++) {
    const digit = digitOf(text.charCodeAt(i));
    value += (digit & 31) * scale;
    scale *= 32;
    if (digit > 31) continue;
    positions.push((positions.at(-2) ?? 0) + (value % 2 === 1 ? -(value + 1) / 2 : value / 2));
    value = 0;
    scale = 1;
  }
  return positions;
}

/** @param {number} code A-Z a-z 0-9 - _ */
function digitOf(code) {
  if (code >= 97) return code - 71;
  if (code === 95) return 63;
  if (code >= 65) return code - 65;
  return code === 45 ? 62 : code + 4;
}

/** @param {readonly number[][]} arcs @returns {Box} */
function boxOf(arcs) {
  const box = { x0: Infinity, y0: Infinity, x1: -Infinity, y1: -Infinity };
  for (const arc of arcs) {
    for (let i = 0; i < arc.length; i += 2) {
      const [x = 0, y = 0] = [arc[i], arc[i + 1]];
      if (x < box.x0) box.x0 = x;
      if (x > box.x1) box.x1 = x;
      if (y < box.y0) box.y0 = y;
      if (y > box.y1) box.y1 = y;
    }
  }
  return box;
}

/** @param {readonly Box[]} boxes @returns {Box} */
function around(boxes) {
  return boxOf(boxes.map(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1]));
}

/** @param {Atlas} atlas @param {number[][]} rings The outline as an SVG path. */
function pathOf(atlas, rings) {
  return rings.map((ring) => `${linesOf(ring.flatMap((arc, i) => lineOf(atlas, arc).slice(i === 0 ? 0 : 2)))}z`).join("");
}

/** @param {Atlas} atlas @param {number} index `~index`: the arc backwards. */
function lineOf(atlas, index) {
  const arc = atlas.arcs[index < 0 ? ~index : index] ?? [];
  if (index >= 0) return arc;
  /** @type {number[]} */
  const reversed = [];
  for (let i = arc.length - 2; i >= 0; i -= 2) reversed.push(arc[i] ?? 0, arc[i + 1] ?? 0);
  return reversed;
}

/** @param {readonly number[]} positions */
function linesOf(positions) {
  const [x0 = 0, y0 = 0] = positions;
  let [x, y] = [x0, y0];
  let path = `M${x0} ${y0}`;
  for (let i = 2; i < positions.length; i += 2) {
    const [nextX = 0, nextY = 0] = [positions[i], positions[i + 1]];
    path += `${i === 2 ? "l" : " "}${nextX - x} ${nextY - y}`;
    [x, y] = [nextX, nextY];
  }
  return path;
}

/** Arcs between two states and along the coast, as one path. @param {Atlas} atlas @param {readonly County[]} counties */
function stateBorders(atlas, counties) {
  /** @type {Map<number, Set<string>>} */
  const statesOf = new Map();
  /** @type {Map<number, number>} */
  const uses = new Map();
  for (const { rings, state } of counties) {
    for (const arc of rings.flat().map((index) => (index < 0 ? ~index : index))) {
      statesOf.set(arc, (statesOf.get(arc) ?? new Set()).add(state));
      uses.set(arc, (uses.get(arc) ?? 0) + 1);
    }
  }
  const borders = [...statesOf].filter(([arc, states]) => states.size > 1 || uses.get(arc) === 1);
  return borders.map(([arc]) => linesOf(atlas.arcs[arc] ?? [])).join("");
}
