import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { testDatabase } from "../support/postgres.ts";

const script = fileURLToPath(new URL("../../containers/build-stand-in.sh", import.meta.url));
/** Takes minutes, root, and buildah, podman and debootstrap. */
const skip = process.env["PG_BRONZE_REQUIRE_IMAGE"] === "1" ? false : "PG_BRONZE_REQUIRE_IMAGE is not 1";

const VERSE = `CREATE TABLE public.verse (id int PRIMARY KEY, geoid text, table_name text, wkb_geometry bytea);
  INSERT INTO public.verse SELECT n, lpad(n::text, 5, '0'), 'tx_' || n, '\\x0101000020e6100000000000000000f03f0000000000000040' FROM generate_series(1, 3143) n`;

describe("the image", { skip }, () => {
  it("is built from the Dockerfile, and lands verse as its own user, starting in under 150 ms of CPU", async () => {
    const database = await testDatabase();
    try {
      const client = new pg.Client({ connectionString: database.dsn });
      await client.connect();
      await client.query(VERSE);
      await client.end();
      const { stdout } = await promisify(execFile)(script, [database.dsn], { maxBuffer: 1 << 24 });
      assert.match(stdout, /verse: 3143 rows/);
      const startUpMs = Number(/extract --help: (\d+) ms of CPU/.exec(stdout)?.[1]);
      assert.ok(startUpMs > 0 && startUpMs < 150, stdout);
      console.log(stdout.slice(stdout.indexOf("== figures")));
    } finally {
      await database.drop();
    }
  });
});
