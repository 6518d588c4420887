import type { z } from "zod";
import { BronzeError } from "../model/errors.ts";
import type { Condition, Sink } from "../sink/sink.ts";
import { LEDGER_VERSION } from "./fields.ts";

/** A document, the etag to replace it by, and when it was written by the store's clock. */
export interface Versioned<T> {
  readonly value: T;
  readonly etag: string;
  readonly modified: Date;
}

/**
 * Parses one of the ledger's documents; keys that this version doesn't know are ignored.
 * @throws BronzeError LEDGER_VERSION when another version of the tool wrote it, LEDGER_CORRUPT when it isn't what it should be.
 */
export function parseDocument<S extends z.ZodType>(schema: S, text: string, url: string): z.infer<S> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw corrupt(url, "is not JSON", cause);
  }
  const version = (json as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version !== LEDGER_VERSION) throw otherVersion(url, version);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw corrupt(url, `is not valid: ${issue?.path.join(".") || "document"}: ${issue?.message}`, parsed.error);
}

/** What a reader says of a ledger of another version: a newer one asks for a newer tool, an older one for another place. */
export function otherVersion(url: string, version: number): BronzeError {
  const isNewer = version > LEDGER_VERSION;
  return new BronzeError(
    "LEDGER_VERSION",
    `${url} is of ledger version ${version}; this pg-bronze reads version ${LEDGER_VERSION}`,
    {
      hint: isNewer
        ? "Use a newer pg-bronze: one has written to this ledger."
        : "An older pg-bronze wrote this ledger, and it can't be continued. Land under another prefix, or move its _pg_bronze folder away.",
      context: { url, version },
    },
  );
}

function corrupt(url: string, reason: string, cause: unknown): BronzeError {
  return new BronzeError("LEDGER_CORRUPT", `${url} ${reason}`, {
    hint: "Something else wrote there. Move the document away, and run the shard again.",
    context: { url },
    cause,
  });
}

export async function readDocument<S extends z.ZodType>(sink: Sink, key: string, schema: S): Promise<z.infer<S> | null> {
  return (await readVersioned(sink, key, schema))?.value ?? null;
}

/** A document with its etag and time, in one request. */
export async function readVersioned<S extends z.ZodType>(
  sink: Sink,
  key: string,
  schema: S,
): Promise<Versioned<z.infer<S>> | null> {
  const found = await sink.get(key);
  if (found === null) return null;
  const value = parseDocument(schema, new TextDecoder().decode(found.body), sink.locate(key));
  return { value, etag: found.info.etag, modified: found.info.modified };
}

/** Writes a document, for people to read too. @throws BronzeError SINK_CONFLICT when the condition doesn't hold. */
export async function writeDocument<S extends z.ZodType>(
  sink: Sink,
  key: string,
  schema: S,
  value: z.input<S>,
  condition?: Condition,
  { transient = false } = {},
): Promise<Versioned<z.infer<S>>> {
  const strict = schema.parse(value);
  const body = new TextEncoder().encode(`${JSON.stringify(strict, null, 2)}\n`);
  const options = { contentType: "application/json", transient, ...(condition === undefined ? {} : { condition }) };
  const { etag, modified } = await sink.put(key, body, options);
  return { value: strict, etag, modified };
}

/** Changes of one document by several processes that get in each other's way: that many in a row are no accident. */
const MOST_CONFLICTS = 20;

/**
 * Compare-and-swap: reads a document, and writes what `change` makes of it on the condition that nobody wrote meanwhile, until it succeeds.
 * `change` returns null to leave the document as it is.
 * @returns the document as it is now; null when there is none
 * @throws BronzeError SINK_CONFLICT, retryable, when others change it all the time
 */
export async function updateDocument<S extends z.ZodType>(
  sink: Sink,
  key: string,
  schema: S,
  change: (current: Versioned<z.infer<S>> | null) => z.input<S> | null,
): Promise<Versioned<z.infer<S>> | null> {
  for (let conflicts = 0; conflicts < MOST_CONFLICTS; conflicts++) {
    const current = await readVersioned(sink, key, schema);
    const next = change(current);
    if (next === null) return current;
    try {
      return await writeDocument(sink, key, schema, next, conditionOf(current));
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  throw changesAllTheTime(sink, key);
}

/** That the document is still this one, or still absent. */
export function conditionOf(current: { readonly etag: string } | null): Condition {
  return current === null ? "absent" : { etag: current.etag };
}

export function changesAllTheTime(sink: Sink, key: string): BronzeError {
  return new BronzeError("SINK_CONFLICT", `${sink.locate(key)} changes all the time`, { retryable: true, context: { key } });
}

export function isConflict(error: unknown): boolean {
  return error instanceof BronzeError && error.code === "SINK_CONFLICT";
}
