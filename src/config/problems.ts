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
  return issues.flatMap((issue) => describeIssue(issue, schema, input));
}

function describeIssue(issue: z.core.$ZodIssue, schema: z.ZodType, input: unknown): SchemaProblem[] {
  const { path } = issue;
  const value = valueAt(input, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path, key, message: unknownKey(key, keysAt(schema, path)) }));
    case "invalid_type":
      if (value === undefined) return [{ path, message: "is missing" }];
      if (value === null) return [{ path, message: "is empty" }];
      return [{ path, message: `should be ${article(issue.expected)}, not ${article(kindOf(value))}` }];
    case "invalid_value":
      return [{ path, message: value === undefined ? "is missing" : unknownValue(value, issue.values.map(String)) }];
    case "invalid_union":
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

function unknownKey(key: string, known: readonly string[]): string {
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
