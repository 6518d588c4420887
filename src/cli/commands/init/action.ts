import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { PACKAGE_FOLDER } from "../../../config/files.ts";
import { withObject } from "../../../config/registry-edit.ts";
import { openJobSource, sourceAccess } from "../../../extract/shard-source.ts";
import { BronzeError } from "../../../model/errors.ts";
import type { TableName } from "../../../model/table-name.ts";
import { parseLocation } from "../../../sink/location.ts";
import { configText } from "../../../tables/config-text.ts";
import { findTables } from "../../../tables/find.ts";
import { DSN_ENV, namedObject } from "../../../tables/object.ts";
import { parseTablePattern } from "../../../tables/pattern.ts";
import type { CommandAction, CommandInput } from "../../command.ts";
import { extractRequest } from "../../extract-request.ts";
import { describeTable } from "./describe.ts";
import { initText, type WrittenConfig } from "./render.ts";

const REGISTRY = "config/registry.yaml";

export const initAction: CommandAction = async (input) => {
  const { flags } = input;
  const configs = await newConfigs(input);
  if (flags.dryRun !== true) {
    refuseExisting(configs, flags.force === true);
    await write(configs);
  }
  return {
    exitCode: 0,
    document: { dry_run: flags.dryRun === true, configs },
    text: () => initText(configs, flags.dryRun === true),
  };
};

async function newConfigs(input: CommandInput): Promise<WrittenConfig[]> {
  const { args, flags, talk } = input;
  const sinkUrl = parseLocation(flags.sink ?? missingSink()).url;
  const [patterns, exclude] = [args, flags.exclude ?? []].map((texts) => texts.map(parseTablePattern));
  const anyTable = extractRequest(namedObject({ schema: "public", table: "any" }, sinkUrl), input, "all");
  talk.status("asking the source for its tables");
  const source = await openJobSource("init", sourceAccess(anyTable));
  try {
    const tables = await findTables(patterns!, exclude!, (select) => source.lookup(select));
    const names = objectNames(tables);
    const configs: WrittenConfig[] = [];
    for (const [i, table] of tables.entries()) {
      const facts = await describeTable(table, namedObject(table, sinkUrl), source);
      const object = names[i]!;
      const file = `config/${object}_extract_config.yaml`;
      const text = configText({ object, table, dsnEnv: DSN_ENV, sinkUrl, schemaPath: schemaFrom("object-config"), ...facts });
      const { columns, key, keyProblem } = facts;
      configs.push({ object, table, file, text, columns: columns.length, key: keyProblem === null ? key : [] });
    }
    return configs;
  } finally {
    await source.close();
  }
}

function missingSink(): never {
  throw new BronzeError("USAGE", "Nothing says where the tables are to land", {
    hint: "Say it with --to ./out or --to s3://bucket/prefix; it becomes the configs' sink.url.",
  });
}

/** `customers`; with its schema where two tables have the name. */
function objectNames(tables: readonly TableName[]): string[] {
  const plain = tables.map(({ table }) => objectName(table));
  const names = tables.map(({ schema, table }, i) =>
    plain.filter((name) => name === plain[i]).length > 1 ? objectName(`${schema}_${table}`) : plain[i]!,
  );
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return names;
  throw new BronzeError("USAGE", `Two tables would both be the object ${twice}`, { hint: "Name one of them at a time." });
}

function objectName(text: string): string {
  const name = text.toLowerCase().replace(/[^a-z0-9_-]+/g, "_");
  return /^[a-z]/.test(name) ? name : `t_${name}`;
}

/** Path of a shipped JSON Schema from `config/` of the working directory. */
function schemaFrom(name: string): string {
  const path = relative(resolve("config"), join(PACKAGE_FOLDER, `config/${name}.schema.json`)).replaceAll("\\", "/");
  return path.startsWith(".") ? path : `./${path}`;
}

function refuseExisting(configs: readonly WrittenConfig[], force: boolean): void {
  const existing = configs.map(({ file }) => file).filter((file) => existsSync(file));
  if (existing.length === 0 || force) return;
  throw new BronzeError("USAGE", `${existing.join(", ")} ${existing.length === 1 ? "is" : "are"} there already`, {
    hint: "Nothing was written. --force replaces what is there.",
  });
}

async function write(configs: readonly WrittenConfig[]): Promise<void> {
  await mkdir("config", { recursive: true });
  let registry = existsSync(REGISTRY) ? await readFile(REGISTRY, "utf8") : null;
  for (const { object, file, text } of configs) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    registry = withObject(registry, object, file, schemaFrom("registry"));
  }
  await writeFile(REGISTRY, registry!);
}
