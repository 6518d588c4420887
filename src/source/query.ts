import type pg from "pg";
import type { Submittable } from "pg";
import type { Connection } from "./connection.ts";

/** Rows as the server's text, in the order of `names`. */
export interface TextRows {
  readonly names: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

/** Runs one statement by the extended protocol, which takes no second one. Errors are `pg`'s. */
export async function queryText(connection: Connection, text: string, values: readonly string[] = []): Promise<TextRows> {
  const query = { text, values: [...values], rowMode: "array" as const, queryMode: "extended", types: AS_TEXT };
  const result = await connection.client.query<(string | null)[]>(query);
  return { names: result.fields.map((field) => field.name), rows: result.rows };
}

/** Runs statements that we wrote, one after the other, and forgets what they give. */
export async function run(connection: Connection, ...statements: string[]): Promise<void> {
  await connection.client.query(statements.join(";\n"));
}

/** A column as RowDescription tells it. Source: PostgreSQL docs, "Message Formats". */
export interface ResultColumn {
  readonly name: string;
  /** OID of the table that the column comes from as it is, and its number there; 0 otherwise. */
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

const ignore = (): void => {};

/** What `pg` calls on a query it runs, for those that have no use for it. */
export const UNUSED_HANDLERS = {
  handleRowDescription: ignore,
  handleDataRow: ignore,
  handleCommandComplete: ignore,
  handlePortalSuspended: ignore,
  handleEmptyQuery: ignore,
  handleCopyInResponse: ignore,
  handleCopyData: ignore,
};

/** The columns of a statement: it is parsed and described, not run. Errors are `pg`'s. */
export function describeStatement(connection: Connection, text: string): Promise<readonly ResultColumn[]> {
  return new Promise((resolve, reject) => {
    let columns: readonly ResultColumn[] = [];
    const query = {
      ...UNUSED_HANDLERS,
      submit(wire: pg.Connection) {
        wire.parse({ name: "", text, types: [] }, true);
        wire.describe({ type: "S", name: "" }, true);
        wire.sync();
      },
      handleRowDescription: (message: { fields: readonly ResultColumn[] }) => {
        columns = message.fields;
      },
      handleReadyForQuery: () => resolve(columns),
      handleError: reject,
    };
    connection.client.query(query as Submittable);
  });
}
