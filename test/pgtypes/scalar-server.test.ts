import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import pg from "pg";
import type { Mapping, MappingOptions, SourceColumn } from "../../src/pgtypes/contract.ts";
import { Unrepresentable } from "../../src/pgtypes/contract.ts";
import { createDecoder, createEncoder } from "../../src/pgtypes/create.ts";
import { mapColumn } from "../../src/pgtypes/map.ts";
import { type TestDatabase, testDatabase } from "../support/postgres.ts";
import { fromVector } from "../support/vector-values.ts";
import { copyPayloads, type Payload, toFields } from "../support/wire.ts";
import { isPrintedAs } from "./landed-text.ts";
import { edges, samples } from "./scalar-samples.ts";

/** Every scalar type against a real server: what landed is what the server prints, and encodes to what it sent. */

const SAMPLES = 3_000;
const NULL_SHARE = 5;

let database: TestDatabase;
let client: pg.Client;

before(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.dsn });
  await client.connect();
  await client.query("SET timezone = 'UTC'; SET datestyle = 'ISO'; SET bytea_output = 'hex'");
});

after(async () => {
  await client.end();
  await database.drop();
});

const options = (profile: MappingOptions["profile"], unrepresentable: MappingOptions["unrepresentable"] = "error", as?: string) =>
  ({ profile, unrepresentable, override: { as } }) satisfies MappingOptions;

async function columnOf(declared: string): Promise<SourceColumn> {
  const { fields } = await client.query(`SELECT NULL::${declared} AS c`);
  const { dataTypeID: oid, dataTypeModifier: typmod } = fields[0]!;
  const { rows } = await client.query(
    "SELECT typname, typoutput::regproc::text AS out, typsend::regproc::text AS send FROM pg_type WHERE oid = $1",
    [oid],
  );
  const { typname, out, send } = rows[0];
  const type = {
    oid,
    schema: "pg_catalog",
    name: typname,
    kind: "base",
    extension: null,
    output: `pg_catalog.${out}`,
    send: `pg_catalog.${send}`,
  } as const;
  return { name: "c", type, typmod, dimensions: 0, nullable: true, declared };
}

interface Sent {
  readonly mapping: Mapping;
  readonly payloads: readonly Payload[];
  /** What the type's output function prints. */
  readonly texts: readonly (string | null)[];
}

async function send(column: SourceColumn, literals: readonly (string | null)[], how: MappingOptions): Promise<Sent> {
  const mapping = mapColumn(column, how);
  const list = literals.map((literal) => (literal === null ? "NULL" : client.escapeLiteral(literal))).join(",");
  const rows = `(SELECT v::text::${column.declared} AS c, n FROM unnest(ARRAY[${list}]::text[]) WITH ORDINALITY AS t(v, n)) AS q ORDER BY n`;
  const projected = mapping.project?.("q.c") ?? "q.c";
  const [payloads = [], texts = []] = await copyPayloads(
    client,
    `SELECT ${projected}, textin(${column.type.output}(q.c)) FROM ${rows}`,
  );
  return { mapping, payloads, texts: texts.map((text) => (text === null ? null : Buffer.from(text).toString("utf8"))) };
}

const land = ({ mapping, payloads }: Sent) => fromVector(mapping.type, createDecoder(mapping.spec).decode(toFields(payloads)));

const hexOf = (payload: Payload) => (payload === null ? null : Buffer.from(payload).toString("hex"));

function assertLandedAsSent(sent: Sent, what: string): void {
  const { mapping, payloads, texts } = sent;
  for (const [i, value] of land(sent).entries()) {
    const text = texts[i] ?? null;
    const same = text === null ? value === null : value !== null && isPrintedAs(mapping.type, value, text);
    assert.ok(same, `${what}: the server says ${text}, landed was ${String(value)}`);
  }
  const vector = createDecoder(mapping.spec).decode(toFields(payloads));
  assert.deepEqual(createEncoder(mapping.spec).encode(vector).map(hexOf), payloads.map(hexOf), what);
}

/** Known from the type and the server's text alone. */
function hasNoCounterpart(type: string, profile: string, text: string): boolean {
  if (/^(date|timestamp)/.test(type))
    return text.includes("infinity") || /^29424[89]|^2942[5-7]|294247-01-10 04:00:54.775808/.test(text);
  if (type.startsWith("time")) return profile === "native" && text === "24:00:00";
  return /^numeric\((\d|[12]\d|3[0-8])[,)]/.test(type) && text === "NaN";
}

describe("scalar types", () => {
  for (const [type, arbitrary] of Object.entries(samples)) {
    it(`land random values of ${type} as the server prints them`, async () => {
      const column = await columnOf(type);
      const literals = fc.sample(arbitrary, { seed: 20, numRuns: SAMPLES });
      const withNulls = literals.map((literal, i) => (i % NULL_SHARE === 0 ? null : literal));
      for (const profile of ["lake", "native"] as const) {
        const how = options(profile, "null");
        for (const batch of [literals, withNulls]) {
          const sent = await send(column, batch, how);
          const fits = sent.texts.map((text) => text === null || !hasNoCounterpart(type, profile, text));
          const kept = <T>(list: readonly T[]) => list.filter((_, i) => fits[i]);
          assertLandedAsSent({ ...sent, payloads: kept(sent.payloads), texts: kept(sent.texts) }, `${type} in ${profile}`);
        }
      }
    });
  }

  for (const [type, literals] of Object.entries(edges)) {
    it(`land the edge values of ${type}, or refuse them, as the policy says`, async () => {
      const column = await columnOf(type);
      for (const profile of ["lake", "native"] as const) {
        const sent = await send(column, [null, ...literals], options(profile));
        const unfit = sent.texts.map((text) => text !== null && hasNoCounterpart(type, profile, text));
        const fitting = <T>(list: readonly T[]) => list.filter((_, i) => !unfit[i]);
        assertLandedAsSent({ ...sent, payloads: fitting(sent.payloads), texts: fitting(sent.texts) }, `${type} in ${profile}`);

        const slot = unfit.indexOf(true);
        if (slot >= 0)
          assert.throws(
            () => land(sent),
            (error) => error instanceof Unrepresentable && error.slot === slot,
          );

        const orNull = { ...sent, mapping: mapColumn(column, options(profile, "null")) };
        const landed = land(orNull);
        assert.deepEqual(
          landed.map((value) => value === null),
          unfit.map((is, i) => is || sent.texts[i] === null),
        );

        const asText = await send(column, [null, ...literals], options(profile, "text"));
        if (slot >= 0) assert.deepEqual(asText.mapping.type, { type: "utf8" });
        assertLandedAsSent(asText, `${type} in ${profile} with unrepresentable values as text`);

        const wanted = await send(column, [null, ...literals], options(profile, "error", "text"));
        assert.deepEqual(wanted.mapping.type, { type: "utf8" });
        assertLandedAsSent(wanted, `${type} in ${profile} as text`);
      }
    });
  }
});
