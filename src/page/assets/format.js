const NONE = "–";

/** @param {number | null} number 25,000 */
function count(number) {
  return number === null ? NONE : number.toLocaleString("en-US");
}

/** @param {number} number 25.3 k, 1.2 M */
function shortCount(number) {
  return number < 10_000
    ? count(Math.round(number))
    : number.toLocaleString("en-US", { notation: "compact", maximumFractionDigits: 1 });
}

/** @param {number | null} number 3.1 MB, in powers of 1000 as disks and networks are sold. */
function bytes(number) {
  if (number === null) return NONE;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = number;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** @param {number | null} ms 850 ms, 3.2 s, 12 min 5 s, 3 h 4 min */
function duration(ms) {
  if (ms === null) return NONE;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

/** @param {number | null} ms 2026-11-30 06:04:11, in UTC as everywhere in the ledger. */
function instant(ms) {
  return ms === null ? NONE : new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

/** @param {number | null} ratio +1.2 %, 0 % only where nothing changed */
function change(ratio) {
  if (ratio === null) return NONE;
  if (ratio === 0) return "0 %";
  const percent = Math.abs(ratio * 100);
  const text = percent < 0.1 ? "<0.1" : percent < 10 ? percent.toFixed(1) : count(Math.round(percent));
  return `${ratio > 0 ? "+" : "−"}${text} %`;
}

/** @param {number} number @param {string} noun 1 county, 2 counties */
function plural(number, noun) {
  const many = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${count(number)} ${number === 1 ? noun : many}`;
}
