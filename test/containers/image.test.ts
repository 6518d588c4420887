import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const containers = fileURLToPath(new URL("../../containers/", import.meta.url));

describe("the image's entry points", () => {
  let folder: string;
  const started = async (entrypoint: string, ...args: string[]): Promise<string> => {
    const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}`, OBJECT: "from-outside" };
    return (await run("sh", [join(folder, entrypoint), ...args], { env })).stdout.trim();
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "entrypoints-"));
    await writeFile(join(folder, "node"), '#!/bin/sh\necho "OBJECT=$OBJECT $*"\n');
    await chmod(join(folder, "node"), 0o755);
    // The image has them in /app; here they call each other in a folder of this test.
    for (const name of ["entrypoint", "parcel-extract/entrypoint", "verse-extract/entrypoint"]) {
      const script = (await readFile(join(containers, name), "utf8")).replace("/app/containers", folder);
      await writeFile(join(folder, name.replace("/", "-")), script, { mode: 0o755 });
    }
  });
  after(() => rm(folder, { recursive: true }));

  for (const [given, expected] of [
    [[], "extract"],
    [["--geoid", "48113"], "extract --geoid 48113"],
    [["extract", "--dry-run"], "extract --dry-run"],
    [["status", "latest"], "status latest"],
    [["--help"], "extract --help"],
  ] as const) {
    it(`make ${JSON.stringify(given.join(" "))} into pg-bronze ${expected}`, async () => {
      assert.equal(await started("entrypoint", ...given), `OBJECT=from-outside /app/dist/cli/bin/pg-bronze.js ${expected}`);
    });
  }

  it("keep a space in an argument", async () => {
    await writeFile(join(folder, "node"), '#!/bin/sh\necho "$#"\n');
    assert.equal(await started("entrypoint", "--run", "a b"), "4");
    await writeFile(join(folder, "node"), '#!/bin/sh\necho "OBJECT=$OBJECT $*"\n');
  });

  it("choose their object whatever the environment says", async () => {
    assert.match(await started("parcel-extract-entrypoint"), /^OBJECT=parcel .* extract$/);
    assert.match(await started("verse-extract-entrypoint", "--json"), /^OBJECT=verse .* extract --json$/);
  });
});

describe("the Dockerfile", () => {
  it("names no user by name, and makes /tmp a volume, so that Fargate lets that user write there", async () => {
    const lines = (await readFile(join(containers, "Dockerfile"), "utf8")).split("\n");
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
    assert.ok(last.includes("USER 1000:1000"));
    assert.ok(last.includes("VOLUME /tmp"));
  });

  it("takes nothing into its context but what it copies", async () => {
    const ignore = await readFile(new URL("../../.dockerignore", import.meta.url), "utf8");
    const patterns = ignore.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    assert.equal(patterns[0], "*");
    assert.equal(patterns.at(-1), "**/.env*");
  });
});
