import { z } from "zod";
import { nearest } from "../model/did-you-mean.ts";
import type { Path } from "./yaml-file.ts";

/** One problem of a config: where, and what, as the end of a sentence that begins with the key. */
export interface SchemaProblem {
  readonly path: Path;
  /** Set when the problem is one key inside `path`. */
  readonly key?: string;
  readonly message: string;
}

/** zod's issues in the words of the person who wrote the file. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], schema: z.ZodType, input: unknown): SchemaProblem[] {
  const option = chosenOption(schema, input);
  return issues.flatMap((issue) => describeIssue(issue, option, input));
}

function describeIssue(issue: z.core.$ZodIssue, option: Option, input: unknown): SchemaProblem[] {
  const { path } = issue;
  const value = valueAt(input, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path, key, message: unknownKey(key, path, option) }));
    case "invalid_type":
      if (value === undefined) return [{ path, message: missingKey(path, option) }];
      if (value === null) return [{ path, message: "is empty" }];
      return [{ path, message: `should be ${article(issue.expected)}, not ${article(kindOf(value))}` }];
    case "invalid_value":
      if (value === null) return [{ path, message: "is empty" }];
      return [{ path, message: value === undefined ? "is missing" : unknownValue(value, issue.values.map(String)) }];
    case "invalid_union":
      if ("discriminator" in issue && issue.discriminator !== undefined)
        return [noOption(path, "options" in issue ? (issue.options ?? []) : [], input)];
      return [{ path, message: `should be ${unionOf(issue).join(", or ")}` }];
    case "too_small":
      return [
        { path, message: issue.origin === "number" || issue.origin === "int" ? bound("at least", issue.minimum) : issue.message },
      ];
    case "too_big":
      return [
        { path, message: issue.origin === "number" || issue.origin === "int" ? bound("at most", issue.maximum) : issue.message },
      ];
    case "invalid_format":
      return [{ path, message: issue.format === "url" ? "should be a URL" : issue.message }];
    default:
      return [{ path, message: issue.message }];
  }
}

/** The option of a discriminated union that an input chose; a schema that is no union is its own only option. */
interface Option {
  readonly schema: z.ZodType;
  /** `extract_pattern single_table`; null where nothing was to be chosen, or nothing was. */
  readonly name: string | null;
  readonly others: readonly z.ZodType[];
}

function chosenOption(schema: z.ZodType, input: unknown): Option {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return { schema, name: null, others: [] };
  const { discriminator } = schema.def;
  const options = schema.options as readonly z.ZodObject[];
  const wanted = valueAt(input, [discriminator]);
  const chosen = options.find((option) => (option.shape[discriminator] as z.ZodLiteral).values.has(wanted as string));
  if (chosen === undefined) return { schema: options[0]!, name: null, others: [] };
  return { schema: chosen, name: `${discriminator} ${wanted}`, others: options.filter((option) => option !== chosen) };
}

/** The input says none of the words between which the union chooses. */
function noOption(path: Path, options: readonly unknown[], input: unknown): SchemaProblem {
  if (Array.isArray(input)) return { path: [], message: "should be a section with keys, not a list" };
  const value = valueAt(input, path);
  if (value === undefined || value === null) return { path, message: value === null ? "is empty" : "is missing" };
  return { path, message: unknownValue(value, options.map(String)) };
}

/** A key that only some options of a union know says so. */
function missingKey(path: Path, { name, others }: Option): string {
  const key = String(path.at(-1));
  const isShared = others.every((other) => keysAt(other, path.slice(0, -1)).includes(key));
  return name === null || isShared ? "is missing" : `is missing: ${name} needs it`;
}

function unknownKey(key: string, path: Path, { schema, name, others }: Option): string {
  if (name !== null && others.some((other) => keysAt(other, path).includes(key))) return `has no meaning with ${name}: remove it`;
  const known = keysAt(schema, path);
  const near = nearest(key, known);
  const hint = near === null ? `known here: ${known.join(", ")}` : `did you mean ${near}?`;
  return known.length === 0 ? "is unknown" : `is unknown; ${hint}`;
}

function unknownValue(value: unknown, known: readonly string[]): string {
  const near = typeof value === "string" ? nearest(value, known) : null;
  return `${JSON.stringify(value)} is none of ${known.join(", ")}${near === null ? "" : `; did you mean ${near}?`}`;
}

function unionOf(issue: z.core.$ZodIssueInvalidUnion): string[] {
  return issue.errors.flat().map((inner) => {
    if (inner.code === "invalid_value") return inner.values.map(String).join(", ");
    if (inner.code === "invalid_type") return article(inner.expected);
    if (inner.code === "too_small") return `at least ${inner.minimum}`;
    if (inner.code === "too_big") return `at most ${inner.maximum}`;
    return inner.message;
  });
}

function bound(word: string, limit: number | bigint): string {
  return `should be ${word} ${limit}`;
}

const ARTICLES: Readonly<Record<string, string>> = {
  object: "a section with keys",
  record: "a section with keys",
  array: "a list",
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
};

function article(kind: string): string {
  return ARTICLES[kind] ?? kind;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "array" : typeof value;
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], input);
}

/** The keys that a schema knows at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let at: unknown = unwrap(schema);
  for (const step of path) {
    if (at instanceof z.ZodObject) at = unwrap(at.shape[String(step)]);
    else if (at instanceof z.ZodRecord) at = unwrap(at.valueType);
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional)
    inner = inner.unwrap();
  return inner;
}
