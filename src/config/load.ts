import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import type { z } from "zod";
import { BronzeError } from "../model/errors.ts";
import { describeIssues } from "./problems.ts";
import { type Path, readYaml, type YamlFile } from "./yaml-file.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads a YAML file, expands variables, and validates it.
 * @throws BronzeError CONFIG_INVALID with every problem, one a line, as `file:line:column key: message`.
 */
export async function loadYaml<S extends z.ZodType>(file: string, schema: S, env: Env): Promise<z.output<S>> {
  return parseYaml(await readText(file), shown(file), schema, env);
}

/** Like {@link loadYaml}, for text that is at hand; `name` stands for the file in messages. */
export function parseYaml<S extends z.ZodType>(text: string, name: string, schema: S, env: Env): z.output<S> {
  const yaml = readYaml(text, env);
  const problems = new Map<string, number>();
  const add = (offset: number, path: Path, message: string): void => {
    const { line, column } = yaml.position(offset);
    const key = path.map(String).join(".");
    problems.set(`${name}:${line}:${column} ${key === "" ? "" : `${key}: `}${message}`, offset);
  };
  const spoken = new Set(yaml.problems.map((problem) => problem.path.join(".")));
  for (const problem of yaml.problems) add(problem.offset, problem.path, problem.message);
  const parsed = yaml.value === undefined ? null : validate(yaml, schema);
  if (parsed !== null && !parsed.success) {
    for (const { path, key, message } of describeIssues(parsed.error.issues, schema, yaml.value)) {
      // What stands there is not the value that was meant: one message is enough.
      if (key === undefined && path.length > 0 && spoken.has(path.join("."))) continue;
      add(yaml.offsetOf(path, key), key === undefined ? path : [...path, key], message);
    }
  }
  if (parsed?.success === true && problems.size === 0) return parsed.data;
  throw invalid(name, problems);
}

/** Validates; where a value from a variable, or a `null`, isn't what the schema wants, rereads it, and validates again. */
function validate<S extends z.ZodType>(yaml: YamlFile, schema: S): z.ZodSafeParseResult<z.output<S>> {
  const first = schema.safeParse(yaml.value);
  if (first.success) return first;
  const reread = first.error.issues.map((issue) => yaml.reread(issue.path, issue.code === "invalid_value" ? issue.values : []));
  return reread.includes(true) ? schema.safeParse(yaml.value) : first;
}

function invalid(name: string, problems: ReadonlyMap<string, number>): BronzeError {
  const lines = [...problems].sort(([, a], [, b]) => a - b).map(([line]) => line);
  const count = lines.length === 1 ? "a problem" : `${lines.length} problems`;
  return new BronzeError("CONFIG_INVALID", `${name} has ${count}:\n${lines.map((line) => `  ${line}`).join("\n")}`, {
    hint: "The first line of a shipped config names its JSON Schema: editors with YAML support show these problems while you write.",
    context: { file: name, problems: lines.length },
  });
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    throw unreadable(shown(file), cause);
  }
}

function unreadable(name: string, cause: unknown): BronzeError {
  const code = (cause as NodeJS.ErrnoException).code;
  const reason =
    code === "ENOENT"
      ? "does not exist"
      : code === "EISDIR"
        ? "is a folder"
        : code === "EACCES"
          ? "may not be read"
          : cause instanceof TypeError
            ? "is not UTF-8 text"
            : "can't be read";
  return new BronzeError("CONFIG_INVALID", `${name} ${reason}`, { context: { file: name }, cause });
}

/** The path as a person would type it from here. */
export function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path === "" || path.startsWith("..") ? file : path;
}
