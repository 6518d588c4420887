import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { JSON_SCHEMAS } from "../../dev/json-schemas.ts";
import { loadRegistry } from "../../src/config/registry.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { loadObject, loadObjectConfig } from "../../src/patterns/load.ts";

const ADDRESSES = `object: addresses
extract_pattern: county_sharded
source_system: linode
dataset: addresses
source: { shards: SELECT * FROM public.verse, table: "public.{table_name}_addresses" }
sink: { bucket: bronze, key: "{dataset}/{table_name}_{extract_date}.parquet" }
`;

const REGISTRY = `objects:
  addresses:
    config: config/addresses_extract_config.yaml
    cadence: rate(7 days)
    compose_service: addresses-extract
    batch_queue: addresses-extract-queue
    batch_job_definition: addresses-county-extract
`;

const SINGLE = `object: verse
extract_pattern: single_table
source_system: linode
dataset: verse
source:
  query: SELECT * FROM public.verse
sink:
  bucket: bronze
  key: "dataset={dataset}/verse_{extract_date}.parquet"
`;

describe("the shipped configs", () => {
  it("are found from any folder", async () => {
    const parcel = await loadObject("parcel", {}, tmpdir());
    assert.equal(parcel.entry?.batch_queue, "parcel-extract-queue");
    assert.equal(parcel.entry?.batch_job_definition, "parcel-county-extract");
    assert.equal(parcel.config.sink.bucket, "regrid-data-platform-us-east-2-bronze");
    assert.deepEqual(parcel.config.hashkeys?.record, ["geoid", "ll_uuid", "wkb_geometry"]);
    const verse = await loadObject("verse", {}, tmpdir());
    assert.equal(verse.entry?.compose_service, "verse-extract");
    assert.equal(verse.config.extract_pattern, "single_table");
  });

  it("keep the production key of parcel", async () => {
    const { config } = await loadObject("parcel", {}, tmpdir());
    assert.equal(
      config.sink.key,
      "{source_system}/dataset={dataset}/admin0={admin0}/admin1={admin1}/filename_stem={filename_stem}/snapshot_dt={extract_date}/{table_name}_{extract_date}.parquet",
    );
  });

  it("name their JSON Schema for editors, and the schemas are not stale (npm run schema)", async () => {
    const file = (name: string) => readFile(new URL(`../../config/${name}`, import.meta.url), "utf8");
    for (const [name, render] of Object.entries(JSON_SCHEMAS))
      assert.equal(await file(name), render(), `config/${name} is stale`);
    for (const [name, schema] of [
      ["parcel_extract_config.yaml", "object-config"],
      ["verse_extract_dataset.yaml", "object-config"],
      ["registry.yaml", "registry"],
    ] as const) {
      assert.ok((await file(name)).startsWith(`# yaml-language-server: $schema=./${schema}.schema.json\n`), name);
    }
  });
});

describe("the JSON Schema of configs", () => {
  const accepts = new Ajv({ strict: false, validateFormats: false }).compile(
    JSON.parse(JSON_SCHEMAS["object-config.schema.json"]!()) as object,
  );
  const shipped = (name: string) => readFile(new URL(`../../config/${name}`, import.meta.url), "utf8");

  it("accepts the shipped configs, references to variables included", async () => {
    for (const name of ["parcel_extract_config.yaml", "verse_extract_dataset.yaml"])
      assert.ok(accepts(parse(await shipped(name))), `${name}: ${JSON.stringify(accepts.errors)}`);
  });

  it("refuses another pattern's keys, a pattern without its keys, and an unknown pattern", async () => {
    const parcel = await shipped("parcel_extract_config.yaml");
    for (const text of [
      parcel.replace("  table:", "  query: SELECT 1\n  table:"),
      parcel.replace(/^ {2}table:.*$/m, ""),
      parcel.replace("county_sharded", "single_table"),
      parcel.replace("county_sharded", "county_shard"),
    ]) {
      assert.equal(accepts(parse(text)), false, text);
    }
  });
});

describe("a project's own registry", () => {
  let folder: string;
  const write = (name: string, text: string) => writeFile(join(folder, "config", name), text);
  const failure = async (object: string): Promise<BronzeError> => {
    const error = await loadObject(object, {}, folder).then(
      () => assert.fail("loaded"),
      (caught: unknown) => caught,
    );
    assert.ok(error instanceof BronzeError, String(error));
    return error;
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "registry-"));
    await mkdir(join(folder, "config"));
    await write("registry.yaml", REGISTRY);
    await write("addresses_extract_config.yaml", ADDRESSES);
  });
  after(() => rm(folder, { recursive: true }));

  it("wins over the shipped one, and adds an object by YAML alone", async () => {
    const { config, entry } = await loadObject("addresses", {}, folder);
    assert.equal(config.sink.key, "{dataset}/{table_name}_{extract_date}.parquet");
    assert.equal(entry?.cadence, "rate(7 days)");
    assert.deepEqual(Object.keys((await loadRegistry({}, folder)).objects), ["addresses"]);
  });

  it("means its only object where none is named, of several the default one, and asks otherwise", async () => {
    const loaded = async (text: string) => {
      await write("registry.yaml", text);
      return loadObject(null, {}, folder).finally(() => write("registry.yaml", REGISTRY));
    };
    const two = `${REGISTRY}  verse:\n    config: config/verse_extract_dataset.yaml\n`;
    assert.equal((await loaded(REGISTRY)).config.object, "addresses");
    assert.equal((await loaded(`default_object: verse\n${two}`)).config.object, "verse");
    await assert.rejects(loaded(two), { code: "USAGE", hint: /--object: the registry has addresses, verse/ });
    await assert.rejects(loaded(`default_object: parcel\n${two}`), { code: "OBJECT_UNKNOWN" });
  });

  it("says which objects there are, and which was meant", async () => {
    const error = await failure("adresses");
    assert.equal(error.code, "OBJECT_UNKNOWN");
    assert.equal(error.exitCode, 2);
    assert.match(error.hint ?? "", /Did you mean addresses\?.*The registry has addresses/);
    assert.equal((await failure("constructor")).code, "OBJECT_UNKNOWN");
    assert.equal((await failure("__proto__")).code, "OBJECT_UNKNOWN");
  });

  it("takes a shipped config where its own folder has none", async () => {
    await write(
      "registry.yaml",
      REGISTRY.replace("addresses:", "parcel:").replace("addresses_extract_config", "parcel_extract_config"),
    );
    assert.equal((await loadObject("parcel", {}, folder)).config.dataset, "parcel");
  });

  it("refuses a config that is for another object, or does not exist", async () => {
    await write("registry.yaml", REGISTRY.replace("  addresses:", "  buildings:"));
    assert.match((await failure("buildings")).message, /says object: addresses, and config\/registry\.yaml says buildings/);
    await write("registry.yaml", REGISTRY.replace("addresses_extract_config", "nothing"));
    assert.match((await failure("addresses")).message, /nothing\.yaml does not exist/);
  });
});

describe("loading a config file", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "config-"));
  });
  after(() => rm(folder, { recursive: true }));

  const failure = async (file: string): Promise<string> =>
    loadObjectConfig(join(folder, file), {}).then(
      () => assert.fail("loaded"),
      (error: Error) => error.message,
    );

  it("names the file that does not exist, is a folder, or is no text", async () => {
    await writeFile(join(folder, "binary.yaml"), Buffer.from([0xff, 0xfe, 0x00]));
    assert.match(await failure("none.yaml"), /none\.yaml does not exist$/);
    assert.match(await failure("."), /is a folder$/);
    assert.match(await failure("binary.yaml"), /binary\.yaml is not UTF-8 text$/);
  });

  it("names file, line and column of a problem", async () => {
    await writeFile(join(folder, "bad.yaml"), SINGLE.replace("dataset: verse", "dataset: 7"));
    assert.match(await failure("bad.yaml"), /bad\.yaml:4:10 dataset: should be text/);
  });

  it("reads a file with a byte order mark and CRLF line ends", async () => {
    await writeFile(join(folder, "windows.yaml"), `\uFEFF${SINGLE.replaceAll("\n", "\r\n")}`);
    assert.equal((await loadObjectConfig(join(folder, "windows.yaml"), {})).object, "verse");
  });
});
