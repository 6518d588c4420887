import type { Mapping, PgType, TypeFamily } from "./contract.ts";
import { BPCHAR_ARRAY_OID, BPCHAR_OID, TEXT_ARRAY_OID, TEXT_OID, textRequest } from "./nested.ts";
import { unlessNull } from "./sql.ts";

const CODEC = "server_text";

/**
 * Whatever no other file serves lands as the text that the server itself prints: ranges, bit strings, intervals, money, xml, types of
 * extensions nobody here has heard of, types without a binary form. It is asked for in the SELECT list by the type's output function,
 * since a cast to text is not the same for bpchar, bool, inet, xml, "char" and for types whose owner defined one.
 */
export const serverTextFamily: TypeFamily = {
  codecs: [CODEC],
  map({ type, options }, map) {
    return {
      type: { type: "utf8" },
      spec: { codec: CODEC, text: map(textRequest(options)).spec },
      project: (expression) => outputOf(type, expression),
      projectedOid: TEXT_OID,
    };
  },
  createDecoder: (spec, create) => create(spec["text"] as Parameters<typeof create>[0]),
  createEncoder: (spec, create) => create(spec["text"] as Parameters<typeof create>[0]),
};

export function isServerText(mapping: Mapping): boolean {
  return mapping.spec.codec === CODEC;
}

/**
 * The server's text of `expression` as `text`. concat prints any value by its type's output function without naming it, so it needs
 * no privilege on the function's schema, and takes domains, which polymorphic output functions may refuse; but NULL is '' to it, and
 * the expression is evaluated twice. So types of the catalog call their function, except refcursor, whose function takes text only.
 */
function outputOf(type: PgType, expression: string): string {
  return callsOutput(type)
    ? `pg_catalog.textin(${type.output}(${expression}))`
    : unlessNull(expression, `pg_catalog.concat(${expression})`);
}

function callsOutput({ kind, schema, name }: PgType): boolean {
  return kind !== "domain" && (kind !== "base" || (schema === "pg_catalog" && name !== "refcursor"));
}

/**
 * An array's elements as the server's text, with its nulls, dimensions and lower bounds. Reading the array's own text as a text[]
 * gives just that where elements are parted by commas; the types of the catalog are, except box. For the others the cast to bpchar[]
 * converts each element by its output function, since nobody but the catalog's own types has a cast function to bpchar; bpchar's
 * wire form is text's.
 */
export function arrayAsTextElements(element: PgType): {
  readonly elementOid: number;
  readonly project: (expression: string) => string;
  readonly projectedOid: number;
} {
  if (partedByCommas(element)) {
    const project = (expression: string) => `pg_catalog.textin(pg_catalog.array_out(${expression}))::pg_catalog.text[]`;
    return { elementOid: TEXT_OID, project, projectedOid: TEXT_ARRAY_OID };
  }
  const project = (expression: string) => `(${expression})::pg_catalog.bpchar[]`;
  return { elementOid: BPCHAR_OID, project, projectedOid: BPCHAR_ARRAY_OID };
}

/** Whether pg_type.typdelim is surely a comma. Source: PostgreSQL, CREATE TYPE, "Delimiter". */
function partedByCommas(type: PgType): boolean {
  if (type.base !== undefined) return partedByCommas(type.base.type);
  return type.kind !== "base" || (type.schema === "pg_catalog" && type.name !== "box");
}
