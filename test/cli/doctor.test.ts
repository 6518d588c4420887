import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { testQueue } from "../support/batch-server/index.ts";
import { type BatchVerse, makeBatchVerse } from "../support/batch-verse.ts";
import { onOperation } from "../support/s3-server/index.ts";

interface Report {
  readonly exit_code: number;
  readonly checks: readonly {
    readonly check: string;
    readonly outcome: string;
    readonly says: string;
    readonly hint: string | null;
  }[];
}

async function connectedAs(connectionString: string, application_name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name });
  await client.connect();
  return client;
}

describe("doctor", () => {
  let verse: BatchVerse;
  before(async () => {
    verse = await makeBatchVerse();
  });
  after(() => verse.close());

  async function report(
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    where = verse,
  ): Promise<Report> {
    const { code, stdout, stderr } = await where.command("pg-bronze", ["doctor", "--json", ...args], env);
    assert.notEqual(stdout, "", stderr);
    const found = JSON.parse(stdout) as Report;
    assert.equal(code, found.exit_code);
    return found;
  }
  const failures = ({ checks }: Report) => checks.filter(({ outcome }) => outcome === "failed");

  it("says ok to everything a run needs, one line each, and leaves nothing behind", async () => {
    verse.s3.bucket("bronze").uploadsEndAfterDays = 2;
    const { code, stdout, stderr } = await verse.command("pg-bronze", ["doctor"]);
    assert.equal(code, 0, stderr);
    const names = stdout
      .trim()
      .split("\n")
      .map((line) => /^ok {6}([^:]+): ./.exec(line)?.[1]);
    assert.deepEqual(names, [
      ...["Node.js", "config", "connection string", "connection", "connections", "lookup", "table", "sink"],
      ...["ledger in the sink", "data in the sink", "conditions of the sink", "tokens in the sink", "large objects in the sink"],
      ...["deletion on condition", "unfinished uploads", "clock", "AWS Batch", "Batch queue", "Batch job definition"],
    ]);
    assert.match(stdout, /^ok {6}connection: PostgreSQL \d+.* as role \w+, no TLS on this machine$/m);
    assert.equal(verse.s3.bucket("bronze").objects.size, 0);
    assert.equal(verse.s3.bucket("bronze").uploads.size, 0);
    assert.ok(verse.s3.requests.some(({ operation }) => operation === "AbortMultipartUpload"));
    assert.doesNotMatch(stdout, new RegExp(verse.env["AWS_SECRET_ACCESS_KEY"]!));
  });

  it("says who of pg-bronze holds connections to the source", async () => {
    const other = await connectedAs(verse.database.dsn, "pg-bronze/0.1.0 parcel/48113");
    try {
      const { stdout } = await verse.command("pg-bronze", ["doctor"]);
      assert.match(
        stdout,
        /^ok {6}connections: \d+ of \d+ in use, 1 of them for other work of pg-bronze: pg-bronze\/0\.1\.0 parcel\/48113$/m,
      );
    } finally {
      await other.end();
    }
  });

  it("warns of a bucket that keeps the parts of uploads that killed processes left", async () => {
    delete verse.s3.bucket("bronze").uploadsEndAfterDays;
    const { code, stdout } = await verse.command("pg-bronze", ["doctor"]);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^warning unfinished uploads: nothing ends uploads to s3:\/\/bronze.*\n.*AbortIncompleteMultipartUpload/m,
    );
  });

  it("goes on after what fails, and says what to do", async () => {
    const found = await report([], { LINODE_DSN: "", AWS_ACCESS_KEY_ID: "STRANGER" });
    assert.deepEqual(
      failures(found).map(({ check }) => check),
      ["connection string", "ledger in the sink", "data in the sink", "Batch queue", "Batch job definition"],
    );
    for (const { hint } of failures(found)) assert.ok(hint);
  });

  it("finds a role that may see the lookup but not the table", async () => {
    const { database } = verse;
    await database.query("CREATE ROLE doctor_test LOGIN PASSWORD 'pw'; GRANT SELECT ON verse TO doctor_test");
    const dsn = new URL(database.dsn);
    dsn.username = "doctor_test";
    dsn.password = "pw";
    const found = await report([], { LINODE_DSN: dsn.href });
    await database.query("DROP OWNED BY doctor_test; DROP ROLE doctor_test");
    assert.deepEqual(
      failures(found).map(({ check }) => check),
      ["table"],
    );
    assert.match(failures(found)[0]?.says ?? "", /permission denied for table/);
  });

  it("checks the county that was named", async () => {
    const found = await report(["--geoid", "55003"]);
    assert.match(found.checks.find(({ check }) => check === "table")?.says ?? "", /^public\.wi_3 can be read: 3 columns$/);
  });

  it("finds a bucket where nothing may be deleted", async () => {
    verse.s3.faults.add({ fault: { kind: "error", status: 403, code: "AccessDenied" }, when: onOperation("DeleteObject") });
    const found = await report();
    verse.s3.faults.clear();
    assert.deepEqual(
      failures(found).map(({ check }) => check),
      ["ledger in the sink", "data in the sink"],
    );
    assert.match(failures(found)[0]?.hint ?? "", /s3:DeleteObject/);
    verse.s3.bucket("bronze").objects.clear();
  });

  it("finds a disabled queue and a missing definition", async (t) => {
    const other = await makeBatchVerse(() => null, {
      queues: [testQueue("parcel-extract-queue", { state: "DISABLED" })],
      definitions: [],
    });
    t.after(() => other.close());
    const found = await report([], {}, other);
    assert.deepEqual(
      failures(found).map(({ check, hint }) => [check, /aws batch ([a-z-]+)/.exec(hint ?? "")?.[1]]),
      [
        ["Batch queue", "update-job-queue"],
        ["Batch job definition", "register-job-definition"],
      ],
    );
  });

  it("asks AWS for nothing when the sink is a folder, and stops at a config that isn't there", async () => {
    const before = verse.batch.requests.length;
    const folder = await report(["--sink", `file://${verse.folder}/bronze`]);
    assert.deepEqual(
      folder.checks.filter(({ outcome }) => outcome !== "ok").map(({ check, outcome }) => [check, outcome]),
      [["AWS Batch", "skipped"]],
    );
    assert.equal(verse.batch.requests.length, before);
    const unknown = await report(["--object", "parcle"]);
    assert.deepEqual(
      unknown.checks.map(({ check, outcome }) => [check, outcome]),
      [
        ["Node.js", "ok"],
        ["config", "failed"],
      ],
    );
    assert.match(unknown.checks[1]?.hint ?? "", /Did you mean parcel\?/);
  });
});
