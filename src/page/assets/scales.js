/**
 * A measure that the map shows: the colour class of a shard, what its legend says, and the shard's value in words.
 * @typedef {{ id: string, label: string, classOf(shard: Shard): string, legend: { name: string, label: string }[] }} Measure
 */

const STEPS = 6;

/** @returns {Measure[]} those of which the run has something to show. */
function measures() {
  /** @type {[string, string, (shard: Shard) => number | null, (value: number) => string][]} */
  const sequential = [
    ["rows", "Rows", ({ rows }) => rows, shortCount],
    ["bytes", "Bytes", (shard) => shard.bytes, bytes],
    ["duration", "Duration", (shard) => (shard.status === "landed" ? shard.duration : null), duration],
  ];
  const found = [statusMeasure()];
  for (const [id, label, of, format] of sequential) {
    const values = shards.map(of).filter((value) => value !== null);
    if (values.length > 0) found.push(sequentialMeasure(id, label, of, format, values));
  }
  if (shards.some((shard) => shard.change !== null)) found.push(changeMeasure());
  return found;
}

/** @returns {Measure} */
function statusMeasure() {
  const used = STATUS_ORDER.filter((status) => statusCounts[status] > 0);
  return {
    id: "status",
    label: "Status",
    classOf: ({ status }) => `c-${status}`,
    legend: used.map((status) => ({ name: `c-${status}`, label: `${STATUSES[status].label} ${count(statusCounts[status])}` })),
  };
}

/**
 * Steps of about as many shards each, cut at round numbers: counties differ by four orders of magnitude.
 * @type {(id: string, label: string, of: (shard: Shard) => number | null, format: (value: number) => string, values: number[]) => Measure}
 */
function sequentialMeasure(id, label, of, format, values) {
  const sorted = [...values].sort((one, other) => one - other);
  const cuts = [...new Set(Array.from({ length: STEPS - 1 }, (_, i) => rounded(quantile(sorted, (i + 1) / STEPS))))];
  const inner = cuts.filter((cut) => cut > (sorted[0] ?? 0) && cut <= (sorted.at(-1) ?? 0));
  const name = (/** @type {number} */ step) =>
    `s-${inner.length === 0 ? STEPS - 2 : Math.round((step * (STEPS - 1)) / inner.length)}`;
  const bounds = [sorted[0] ?? 0, ...inner, sorted.at(-1) ?? 0];
  return {
    id,
    label,
    classOf(shard) {
      const value = of(shard);
      return value === null ? "c-none" : name(inner.filter((cut) => value >= cut).length);
    },
    legend: [
      ...inner.map((cut, step) => ({
        name: name(step),
        label: step === 0 ? `< ${format(cut)}` : `${format(bounds[step] ?? 0)} – ${format(cut)}`,
      })),
      { name: name(inner.length), label: inner.length === 0 ? format(bounds[0] ?? 0) : `≥ ${format(inner.at(-1) ?? 0)}` },
      ...unlanded((shard) => of(shard) === null),
    ],
  };
}

/** Two digits. @param {number} value */
function rounded(value) {
  return Number(value.toPrecision(value < 1000 ? 1 : 2));
}

/** @returns {Measure} */
function changeMeasure() {
  /** @type {[number, string, string][]} Up to and including the number. */
  const steps = [
    [-0.1, "d-0", "−10 % or more"],
    [-0.01, "d-1", "−10 to −1 %"],
    [-Number.MIN_VALUE, "d-2", "to −1 %"],
    [0, "d-3", "same rows"],
    [0.01, "d-4", "to +1 %"],
    [0.1, "d-5", "+1 to +10 %"],
    [Infinity, "d-6", "above +10 %"],
  ];
  return {
    id: "change",
    label: "Change",
    classOf: (shard) =>
      shard.isNew
        ? "c-new"
        : shard.change === null
          ? "c-none"
          : (steps.find(([most]) => (shard.change ?? 0) <= most)?.[1] ?? "c-none"),
    legend: [
      ...steps.map(([, name, label]) => ({ name, label })),
      ...(shards.some(({ isNew }) => isNew) ? [{ name: "c-new", label: "landed for the first time" }] : []),
      ...unlanded((shard) => shard.rows === null),
    ],
  };
}

/** @param {(shard: Shard) => boolean} isWithout */
function unlanded(isWithout) {
  return shards.some(isWithout) ? [{ name: "c-none", label: "not landed" }] : [];
}
