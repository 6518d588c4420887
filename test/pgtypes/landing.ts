import pg from "pg";
import { quoteIdentifier } from "../../src/model/sql.ts";
import type { Mapping, MappingOptions, Profile, SourceColumn, UnrepresentablePolicy } from "../../src/pgtypes/contract.ts";
import { createDecoder, createEncoder } from "../../src/pgtypes/create.ts";
import { mapColumn } from "../../src/pgtypes/map.ts";
import { selectList } from "../../src/pgtypes/project.ts";
import type { Source } from "../../src/source/contract.ts";
import { resolveDsn } from "../../src/source/dsn.ts";
import { openSource } from "../../src/source/source.ts";
import { fromVector } from "../support/vector-values.ts";
import { copyPayloads, type Payload, toFields } from "../support/wire.ts";

/** A column and the bytes that the server sent for it. */
export interface Landed {
  readonly column: SourceColumn;
  readonly mapping: Mapping;
  readonly payloads: readonly Payload[];
}

export const options = (profile: Profile, unrepresentable: UnrepresentablePolicy = "error"): MappingOptions => ({
  profile,
  unrepresentable,
  override: {},
});

export const decode = ({ mapping, payloads }: Landed) =>
  fromVector(mapping.type, createDecoder(mapping.spec).decode(toFields(payloads)));

const hex = (payload: Payload) => (payload === null ? null : Buffer.from(payload).toString("hex"));

export async function land(
  client: pg.Client,
  from: string,
  columns: readonly SourceColumn[],
  how: MappingOptions,
): Promise<Landed[]> {
  const mapped = columns.map((column) => ({ column, mapping: mapColumn(column, how) }));
  const list = selectList(mapped.map(({ column, mapping }) => ({ quotedName: quoteIdentifier(column.name), mapping })));
  const payloads = await copyPayloads(client, `SELECT ${list} FROM (${from}) AS q`);
  return mapped.map((one, i) => ({ ...one, payloads: payloads[i] ?? [] }));
}

/** A connection that sends bytes, and one that describes what they are. */
export async function connections(dsn: string): Promise<{ client: pg.Client; source: Source; end(): Promise<void> }> {
  const client = new pg.Client({ connectionString: dsn });
  await client.connect();
  const target = resolveDsn({}, "TEST_DSN", dsn);
  const source = await openSource({ dsn: target, applicationName: "test", connectTimeoutMs: 15_000 });
  const end = async () => {
    await source.close();
    await client.end();
  };
  return { client, source, end };
}

/** A result column of a domain's type is described as its base, so the domain's number of dimensions has to be said. */
export function withDimensions(column: SourceColumn): SourceColumn {
  return column.name === "grid" && column.dimensions === 0 ? { ...column, dimensions: 2 } : column;
}

/** The text of each value, as the server prints it to whoever asks for text. */
export async function serverTexts(client: pg.Client, expression: string, from: string): Promise<(string | null)[]> {
  const asIs = { getTypeParser: () => (value: string) => value };
  const { rows } = await client.query({ text: `SELECT ${expression} FROM ${from}`, rowMode: "array", types: asIs });
  return rows.map((row) => row[0]);
}

/** Finds the columns whose values don't encode to the bytes that were decoded. Geometry whose SRID only the values know has lost it. */
export function encodedAgain(landed: readonly Landed[]): unknown[] {
  const invertible = landed.filter(({ mapping }) => !JSON.stringify(mapping.type).includes('"srid":null'));
  return invertible.flatMap(({ column, mapping, payloads }) => {
    const vector = createDecoder(mapping.spec).decode(toFields(payloads));
    const again = createEncoder(mapping.spec).encode(vector).map(hex);
    const sent = payloads.map(hex);
    const at = sent.findIndex((payload, i) => payload !== again[i]);
    return at === -1 ? [] : [{ column: column.name, row: at, sent: sent[at], again: again[at] }];
  });
}
