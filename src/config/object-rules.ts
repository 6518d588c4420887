import { CONFIG_PLACEHOLDERS, parseTemplate, placeholdersOf, type TemplatePart } from "./template.ts";

/** Tells about one problem at `path`. */
export type Report = (path: (string | number)[], message: string) => void;

/** The config as far as it could be read: any part may be missing or of a wrong type, which the schema reports by itself. */
export type Loose = { readonly [key: string]: unknown };

/** The rules of one pattern. */
export type PatternRules = (config: Loose, report: Report) => void;

/** The rules between keys, which no single key's type can say. */
export function objectRules(value: unknown, patternRules: PatternRules, report: Report): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const config = value as Loose;
  patternRules(config, report);
  keyRules(config, report);
  columnRules(section(config["columns"]), report);
  hashkeyRules(section(config["hashkeys"]), report);
  sizeRules(config, report);
}

export function section(value: unknown): Loose {
  return typeof value === "object" && value !== null ? (value as Loose) : {};
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** The parts of a template; null where there is none, or a wrong one, which is reported. */
export function templateAt(value: unknown, path: string[], report: Report): TemplatePart[] | null {
  const template = text(value);
  if (template === null) return null;
  try {
    return parseTemplate(template);
  } catch (error) {
    report(path, (error as SyntaxError).message);
    return null;
  }
}

/** The placeholders of a template that the config doesn't fill itself: columns of the lookup. */
export function lookupPlaceholders(parts: readonly TemplatePart[]): string[] {
  return placeholdersOf(parts).filter((name) => !(CONFIG_PLACEHOLDERS as readonly string[]).includes(name));
}

function keyRules(config: Loose, report: Report): void {
  const sink = section(config["sink"]);
  if (typeof config["sink"] !== "object") return;
  if (sink["bucket"] === undefined && sink["url"] === undefined) report(["sink"], "needs bucket or url");
  if (sink["bucket"] !== undefined && sink["url"] !== undefined)
    report(["sink", "url"], "stands beside bucket: give one of them");

  const path = ["sink", "key"];
  const parts = templateAt(sink["key"], path, report);
  if (parts === null) return;
  const literal = parts.map((part) => ("text" in part ? part.text : "x")).join("");
  const segments = literal.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    report(path, "has an empty, '.' or '..' segment; keys are relative and don't begin or end with '/'");
  }
  if (/[\\\p{Cc}\p{Cf}]/u.test(literal)) report(path, "holds a backslash or a control character");
  if (segments.some((segment) => /^(_|\.[^.])/.test(segment))) {
    report(path, "has a segment that begins with '_' or '.': Spark, Athena and Hive don't see those");
  }
  if (!literal.endsWith(".parquet")) report(path, "doesn't end in .parquet");
  if (!placeholdersOf(parts).includes("extract_date"))
    report(path, "has no {extract_date}: every snapshot would replace the one before");
}

function columnRules(columns: Loose, report: Report): void {
  for (const [name, value] of Object.entries(columns)) {
    const column = section(value);
    const target = text(column["as"]);
    const decimal = target === null ? null : /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(target);
    if (decimal !== null) {
      const [precision, scale] = [Number(decimal[1]), Number(decimal[2])];
      if (precision < 1 || precision > 38 || scale > precision) {
        report(["columns", name, "as"], "is decimal(p,s) with a precision of 1 to 38 and a scale of at most the precision");
      }
    }
    if (column["round"] !== undefined && target !== "float64") report(["columns", name, "round"], "goes with as: float64");
    if (column["srid"] !== undefined && target !== null && target !== "geometry" && target !== "geography") {
      report(["columns", name, "srid"], "goes with as: geometry or as: geography");
    }
  }
}

function hashkeyRules(hashkeys: Loose, report: Report): void {
  for (const key of ["source", "record"]) {
    const names = hashkeys[key];
    if (!Array.isArray(names)) continue;
    for (const [i, name] of names.entries()) {
      if (names.indexOf(name) !== i) report(["hashkeys", key, i], `${JSON.stringify(name)} is in the list twice`);
    }
  }
}

/** Pairs of numbers of which the first may not exceed the second. */
const ORDERED: readonly (readonly [readonly string[], readonly string[]])[] = [
  [
    ["source", "retry", "min_delay_ms"],
    ["source", "retry", "max_delay_ms"],
  ],
  [
    ["parquet", "page_bytes"],
    ["parquet", "row_group_bytes"],
  ],
];

function sizeRules(config: Loose, report: Report): void {
  for (const [low, high] of ORDERED) {
    const [lowValue, highValue] = [low, high].map((path) => path.reduce<unknown>((value, key) => section(value)[key], config));
    if (typeof lowValue === "number" && typeof highValue === "number" && lowValue > highValue) {
      report([...low], `is more than ${high.join(".")} (${highValue})`);
    }
  }
}
