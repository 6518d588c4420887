import {
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLError,
} from "yaml";
import { type Expansion, expandEnv } from "./expand.ts";

export type Path = readonly PropertyKey[];

/** Something wrong in the file, at an offset into its text. `path` is empty for the file as a whole. */
export interface YamlProblem {
  readonly offset: number;
  readonly path: Path;
  readonly message: string;
}

export interface YamlFile {
  /** Plain values, variables expanded; undefined when the text is no YAML. */
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /** Where a value stands, or the nearest thing around it that exists. `key` asks for the key's own place inside the value. */
  offsetOf(path: Path, key?: string): number;
  /** 1-based. */
  position(offset: number): { line: number; column: number };
  /**
   * An unquoted value that came from a variable is text until the schema wants something else: reads it as YAML would have
   * (`${PART_BYTES}` → 16777216). And `null` as it is written is YAML's null, until the schema wants that word.
   * False when there is nothing to reread at this path.
   * @param words that the schema knows there
   */
  reread(path: Path, words: readonly unknown[]): boolean;
}

/** Reads one YAML 1.2 document, and says everything that is wrong with it as YAML. Never throws. */
export function readYaml(text: string, env: Readonly<Record<string, string | undefined>>): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: "1.2" });
  const problems = syntaxProblems([...document.errors, ...document.warnings], text, lines);
  const expandedScalars = new Set<Scalar>();
  if (problems.length === 0) {
    visit(document, {
      Scalar(key, node, ancestors) {
        if (typeof node.value !== "string" || key === "key") return;
        const path = pathTo([...ancestors, node] as unknown[]);
        checkScalar(node, path, env, problems, expandedScalars);
      },
    });
  }
  const offsetOf = (path: Path, key?: string): number => offsetIn(document.contents, path, key);
  const toValue = (): unknown => {
    try {
      return document.toJS();
    } catch (error) {
      // Aliases that multiply without end; the library counts them.
      problems.push({ offset: 0, path: [], message: (error as Error).message });
      return undefined;
    }
  };
  let value = document.errors.length > 0 ? undefined : toValue();
  return {
    get value() {
      return value;
    },
    problems,
    offsetOf,
    position(offset) {
      const { line, col } = lines.linePos(offset);
      return { line: Math.max(line, 1), column: Math.max(col, 1) };
    },
    reread(path, words) {
      const node = document.getIn(path, true);
      if (isScalar(node) && node.value === null && node.source === "null" && words.includes("null")) {
        node.value = "null";
        value = toValue();
        return true;
      }
      if (!isScalar(node) || !expandedScalars.has(node) || node.type !== "PLAIN") return false;
      const typed: unknown = parseDocument(String(node.value), { version: "1.2" }).toJS();
      if (typeof typed !== "number" && typeof typed !== "boolean") return false;
      node.value = typed;
      value = toValue();
      return true;
    },
  };
}

/** All doubled keys, but only the first slip of syntax: what follows one is noise. */
function syntaxProblems(errors: readonly YAMLError[], text: string, lines: LineCounter): YamlProblem[] {
  const slip = errors.find((error) => error.code !== "DUPLICATE_KEY");
  return errors
    .filter((error) => error === slip || error.code === "DUPLICATE_KEY")
    .map((error) => {
      const { line } = lines.linePos(error.pos[0]);
      const inFlow = error === slip && /[[{,].*\$\{/.test(text.split("\n")[line - 1] ?? "");
      const hint = inFlow ? `; inside [ ] and { } a \${NAME} needs quotes` : "";
      return { offset: error.pos[0], path: [], message: `${error.message}${hint}` };
    });
}

function checkScalar(
  node: Scalar,
  path: Path,
  env: Readonly<Record<string, string | undefined>>,
  problems: YamlProblem[],
  expandedScalars: Set<Scalar>,
): void {
  const offset = node.range?.[0] ?? 0;
  const written = node.value as string;
  if (holdsSecret(written)) {
    problems.push({ offset, path, message: "holds a secret; keep it in an environment variable and name that" });
    return;
  }
  const expansion: Expansion = expandEnv(written, env);
  for (const problem of expansion.problems) {
    const skipped = node.source === undefined ? 0 : lineBreaksBefore(written, problem.offset);
    // Exact in a plain or quoted scalar on one line; in a block, the scalar's beginning is near enough.
    const inner = skipped === 0 && node.type === "PLAIN" ? problem.offset : 0;
    problems.push({ offset: offset + inner, path, message: problem.message });
  }
  node.value = expansion.text;
  if (expansion.expanded) expandedScalars.add(node);
}

function lineBreaksBefore(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length - 1;
}

/** A URL with a password that isn't a `${…}` itself, a libpq string with a password, an AWS access key id. */
function holdsSecret(text: string): boolean {
  return (
    /[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:(?!\$\{[A-Za-z_][A-Za-z0-9_]*\}@)[^\s/@]+@/i.test(text) ||
    /[?&]password=(?!\$\{)[^\s&]/i.test(text) ||
    (/\b(host|hostaddr|dbname|user)\s*=\s*\S/i.test(text) && /^\s*(\w+\s*=\s*\S+\s+)*password\s*=\s*(?!\$\{)\S/i.test(text)) ||
    /\b(AKIA|ASIA)[0-9A-Z]{16}\b/.test(text)
  );
}

function pathTo(nodes: readonly unknown[]): Path {
  const path: PropertyKey[] = [];
  for (const [i, node] of nodes.entries()) {
    if (isPair(node)) path.push(String(isScalar(node.key) ? node.key.value : node.key));
    const parent = nodes[i - 1];
    if (i > 0 && isNode(node) && !isPair(parent) && parent !== undefined && !isMap(parent)) {
      const index = (parent as { items?: unknown[] }).items?.indexOf(node) ?? -1;
      if (index >= 0) path.push(index);
    }
  }
  return path;
}

function pairOf(node: Node | null | undefined, key: PropertyKey): Pair | undefined {
  if (!isMap(node)) return undefined;
  return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
}

function offsetIn(contents: Node | null, path: Path, key?: string): number {
  let node: Node | null = contents;
  let offset = contents?.range?.[0] ?? 0;
  for (const [i, step] of path.entries()) {
    const pair = pairOf(node, step);
    const next: unknown = pair === undefined ? (node as { items?: unknown[] } | null)?.items?.[Number(step)] : pair.value;
    if (pair === undefined && !isNode(next)) return offset;
    const last = i === path.length - 1;
    // A problem of a map is shown at its key, a problem of a value at the value.
    const keyOffset = (pair?.key as Node | undefined)?.range?.[0];
    const valueOffset = isNode(next) ? next.range?.[0] : undefined;
    offset = (last && !isMap(next) ? (valueOffset ?? keyOffset) : (keyOffset ?? valueOffset)) ?? offset;
    node = isNode(next) ? next : null;
  }
  const own = key === undefined ? undefined : (pairOf(node, key)?.key as Node | undefined)?.range?.[0];
  return own ?? offset;
}
