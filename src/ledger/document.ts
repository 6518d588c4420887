import type { z } from "zod";
import { BronzeError } from "../model/errors.ts";
import type { PutOptions, Sink } from "../sink/sink.ts";
import { LEDGER_VERSION } from "./manifest.ts";

/** A document and the etag to replace it by. */
export interface Versioned<T> {
  readonly value: T;
  readonly etag: string;
}

/**
 * Parses one of the ledger's documents.
 * @throws BronzeError LEDGER_VERSION when a newer version of the tool wrote it, LEDGER_CORRUPT when it isn't what it should be.
 */
export function parseDocument<S extends z.ZodType>(schema: S, text: string, url: string): z.infer<S> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw corrupt(url, "is not JSON", cause);
  }
  const version = (json as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version > LEDGER_VERSION) {
    throw new BronzeError("LEDGER_VERSION", `${url} is of version ${version}; this pg-bronze knows version ${LEDGER_VERSION}`, {
      hint: "Update pg-bronze: a newer one has written to this ledger.",
      context: { url, version },
    });
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw corrupt(url, `is not valid: ${issue?.path.join(".") || "document"}: ${issue?.message}`, parsed.error);
}

function corrupt(url: string, reason: string, cause: unknown): BronzeError {
  return new BronzeError("LEDGER_CORRUPT", `${url} ${reason}`, {
    hint: "Somebody else wrote there. Move the document away, and run the shard again.",
    context: { url },
    cause,
  });
}

export async function readDocument<S extends z.ZodType>(sink: Sink, key: string, schema: S): Promise<z.infer<S> | null> {
  const bytes = await sink.read(key);
  return bytes === null ? null : parseDocument(schema, new TextDecoder().decode(bytes), sink.locate(key));
}

/**
 * A document with its etag. The etag is asked for first: should the document change in between, the value is newer than the etag, and
 * a put under the etag fails, as it should.
 */
export async function readVersioned<S extends z.ZodType>(
  sink: Sink,
  key: string,
  schema: S,
): Promise<Versioned<z.infer<S>> | null> {
  const head = await sink.head(key);
  if (head === null) return null;
  const value = await readDocument(sink, key, schema);
  return value === null ? null : { value, etag: head.etag };
}

/** Writes a document, for people to read too. @returns its etag. @throws BronzeError SINK_CONFLICT when the condition doesn't hold. */
export async function writeDocument<S extends z.ZodType>(
  sink: Sink,
  key: string,
  schema: S,
  value: z.infer<S>,
  condition?: PutOptions["condition"],
  { transient = false } = {},
): Promise<string> {
  const body = new TextEncoder().encode(`${JSON.stringify(schema.parse(value), null, 2)}\n`);
  const options = { contentType: "application/json", transient, ...(condition === undefined ? {} : { condition }) };
  const info = await sink.put(key, body, options);
  return info.etag;
}

export function isConflict(error: unknown): boolean {
  return error instanceof BronzeError && error.code === "SINK_CONFLICT";
}
