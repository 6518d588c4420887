import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { filesIn, makeVerse, type Verse } from "../support/verse.ts";

const PASSWORD = "sesame-opens";
const ROLE = `secrets_${process.pid}`;

describe("the password of the connection string that a config names", () => {
  let verse: Verse;
  let env: Record<string, string>;
  before(async () => {
    verse = await makeVerse();
    const file = join(verse.folder, "config/parcel.yaml");
    const config = await readFile(file, "utf8");
    await writeFile(file, config.replace("source:\n", "source:\n  dsn_env: COUNTY_DSN\n"));
    // A server's message that quotes the password: here, because a table has its name.
    await verse.database.query(`INSERT INTO verse VALUES ('us', 'tx', '48503', '${PASSWORD}', 1, '2026-10-01')`);
    await verse.database.query(`CREATE ROLE ${ROLE} LOGIN PASSWORD '${PASSWORD}'; GRANT SELECT ON verse TO ${ROLE}`);
    const { hostname, port, pathname } = new URL(verse.database.dsn);
    env = {
      COUNTY_DSN: `host=${hostname} port=${port} dbname=${pathname.slice(1)} user=${ROLE} password='${PASSWORD}'`,
      LINODE_DSN: "",
    };
  });
  after(async () => {
    await verse.database.query(`DROP OWNED BY ${ROLE}; DROP ROLE ${ROLE}`);
    await verse.drop();
  });

  for (const format of ["text", "json"]) {
    it(`stands in no log (${format}), no document and no landing record`, async () => {
      const sink = await verse.sink();
      const args = ["--geoid", "48503", "--json", "--debug", "--log-level", "debug", "--log-format", format];
      const { code, stdout, stderr } = await verse.command(sink, ["submit-local", ...args], env);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /\*\*\*/);
      assert.match(stdout, /TABLE_MISSING[\s\S]*\*\*\*/);
      assert.doesNotMatch(stdout + stderr, /sesame/);
      const record = (await filesIn(sink)).find((name) => name.includes("/landings/"));
      const { ended } = JSON.parse(await readFile(new URL(`${sink}/${record}`), "utf8")) as Record<string, { error: object }>;
      assert.match(JSON.stringify(ended?.error), /TABLE_MISSING.*\*\*\*/);
      assert.doesNotMatch(JSON.stringify(ended?.error), /sesame/);
    });
  }
});
