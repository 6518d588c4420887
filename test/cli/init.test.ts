import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { before, beforeEach, describe, it } from "node:test";
import { run } from "../support/command-line.ts";
import { workplace } from "../support/workplace.ts";

const SETUP = `
  CREATE SCHEMA shop;
  CREATE TABLE shop.customers (id int, region text, code text, total numeric(12,2), "no" text, PRIMARY KEY (region, code));
  INSERT INTO shop.customers VALUES (1, 'a', 'b', 1.50, 'x');
  CREATE TABLE shop."Order Details" (day date PRIMARY KEY, "$price" float8);
  CREATE SCHEMA other;
  CREATE TABLE other.customers (id uuid);
`;

describe("init", () => {
  const place = workplace();
  let cwd: string;
  let env: Record<string, string>;
  before(async () => {
    await place.database.query(SETUP);
    env = { DATABASE_URL: place.database.dsn };
  });
  beforeEach(async () => {
    cwd = await mkdtemp(join(place.folder.path, "project-"));
  });

  const command = (...args: string[]) => run(args, { bin: "pg-bronze", cwd, env });
  const config = (object: string): Promise<string> => readFile(join(cwd, `config/${object}_extract_config.yaml`), "utf8");

  it("writes a config and a registry by which the table lands, with hash keys from its primary key", async () => {
    const { code, stdout, stderr } = await command("init", "shop.customers", "--to", "./out");
    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      "wrote  config/customers_extract_config.yaml  shop.customers: 5 columns, hash key from region, code\nTry it with: pg-bronze extract --object customers --dry-run\n",
    );
    const text = await config("customers");
    assert.match(text, /^object: customers$/m);
    assert.match(text, /^ {2}source: \[region, code\]\n {2}separator: "\|"$/m);
    assert.match(text, /^# {3}total {3}# numeric\(12,2\) → INT64 DECIMAL\(12,2\)$/m);
    assert.match(text, /^# {3}"no" {4}# text → BYTE_ARRAY STRING$/m);
    const schema = /\$schema=(\S+)/.exec(text)![1]!;
    assert.ok(existsSync(resolve(cwd, "config", schema)), schema);

    const landed = await command("extract", "--object", "customers", "--json");
    assert.equal(landed.code, 0, landed.stderr);
    const { shards } = JSON.parse(landed.stdout) as { shards: { manifest: { rows: number; columns: { name: string }[] } }[] };
    assert.equal(shards[0]!.manifest.rows, 1);
    assert.ok(shards[0]!.manifest.columns.some(({ name }) => name === "_source_hashkey"));
  });

  it("quotes what needs it, and says why a primary key makes no hash key", async () => {
    const { code, stderr } = await command("init", 'shop."Order Details"', "--to", "./out");
    assert.equal(code, 0, stderr);
    const text = await config("order_details");
    assert.match(text, /^ {2}table: "shop\.\\"Order Details\\""$/m);
    assert.match(text, /^# The primary key is \[day\], but .*day/m);
    const landed = await command("extract", "--object", "order_details");
    assert.equal(landed.code, 0, landed.stderr);
  });

  it("adds to a registry that is there, whose comments stay, and tells tables of one name apart", async () => {
    assert.equal((await command("init", "shop.customers", "--to", "./out")).code, 0);
    const registry = join(cwd, "config/registry.yaml");
    const { code, stderr } = await command("init", "shop.customers", "other.customers", "--to", "./out");
    assert.equal(code, 0, stderr);
    const text = await readFile(registry, "utf8");
    assert.match(text, /^# yaml-language-server/);
    assert.deepEqual(text.match(/^ {2}\w+:$/gm), ["  customers:", "  shop_customers:", "  other_customers:"]);
  });

  it("replaces no config, unless it is told to, and shows what it would write", async () => {
    await command("init", "shop.customers", "--to", "./out");
    const again = await command("init", "shop.customers", "--to", "./elsewhere");
    assert.equal(again.code, 2);
    assert.match(again.stderr, /customers_extract_config\.yaml is there already\nhint: Nothing was written/);
    assert.equal((await command("init", "shop.customers", "--to", "./elsewhere", "--force")).code, 0);
    assert.match(await config("customers"), /elsewhere/);
    const dry = await command("init", "other.customers", "--to", "./out", "--dry-run");
    assert.match(dry.stdout, /^# config\/customers_extract_config\.yaml\n# yaml-language-server/);
  });
});
