import { availableParallelism } from "node:os";
import type { ExtractRequest } from "../../../extract/contract.ts";
import { sourceAccess, withLookup } from "../../../extract/shard-source.ts";
import { BronzeError } from "../../../model/errors.ts";
import { type ExtractEnd, extractEach } from "../../../run/extract-each.ts";
import { parseLocation } from "../../../sink/location.ts";
import { findTables } from "../../../tables/find.ts";
import { type Named, namedObject } from "../../../tables/object.ts";
import { parseTablePattern } from "../../../tables/pattern.ts";
import type { CommandInput, CommandResult, ExitCode } from "../../command.ts";
import { extractRequest } from "../../extract-request.ts";
import { extractEvents } from "../../render/extract-events.ts";
import { counted } from "../../render/format.ts";
import { exitCodeOf } from "./exit-code.ts";
import { tablesDocument, tablesText } from "./tables-render.ts";

/** Whether the command line names tables or a query, instead of an object. @throws BronzeError USAGE when it does both */
export function namesTables({ args, flags, typed }: CommandInput): boolean {
  if (args.length === 0 && flags.query === undefined) return false;
  const other = (["object", "config", "geoid", "table", "state", "all", "shard", "shardIndex", "run"] as const).find((name) =>
    typed.has(name),
  );
  if (other === undefined) return true;
  const what = args.length === 0 ? "--query" : args.join(" ");
  throw new BronzeError("USAGE", `${what} and --${other} were both given`, {
    hint: "Name tables (shop.customers) and --to, or an object of the registry with --object and its flags.",
  });
}

/** Lands tables or a query that have no config, each as an object of its own: shop.customers. */
export async function extractTables(input: CommandInput): Promise<CommandResult> {
  const { flags, talk } = input;
  const requests = (await namedOf(input)).map((named) => requestFor(named, input));
  const [first] = requests;
  const jobs = Math.min(flags.jobs ?? Math.min(availableParallelism(), 4), requests.length);
  talk.say("info", "started", `${counted(requests.length, "table")} of ${first!.snapshotDt} → ${first!.sinkUrl}`, {
    tables: requests.map(({ config }) => config.object),
    snapshot_dt: first!.snapshotDt,
    sink: first!.sinkUrl,
    dry_run: first!.dryRun,
  });
  const events = extractEvents(talk, requests.length);
  const ends = await extractEach(requests, { jobs, oneSnapshot: flags.oneSnapshot === true }, events);
  return { exitCode: exitCode(ends), document: tablesDocument(ends), text: () => tablesText(ends) };
}

/** What is to land. Names are looked up in the source's catalog. */
async function namedOf(input: CommandInput): Promise<Named[]> {
  const { args, flags } = input;
  if (flags.query !== undefined && args.length > 0)
    throw usage("Tables and --query were both given", "Land the query by itself.");
  if (flags.query !== undefined && flags.name === undefined) {
    throw usage("--query has no name to land under", "Say one: --query 'SELECT …' --name orders.");
  }
  if (flags.query !== undefined) return [{ name: flags.name!, sql: flags.query }];
  const [patterns, exclude] = [args, flags.exclude ?? []].map((texts) => texts.map(parseTablePattern));
  // Any table's request knows the way to the source.
  const access = sourceAccess(requestFor({ schema: "public", table: "any" }, input));
  input.talk.status("asking the source for its tables");
  return withLookup("tables", access, (lookup) => findTables(patterns!, exclude!, lookup));
}

function requestFor(named: Named, input: CommandInput): ExtractRequest {
  const { sink } = input.flags;
  if (sink === undefined) {
    const object =
      input.args.length === 1 && !input.args[0]!.includes(".") ? ` An object of the registry: --object ${input.args[0]}.` : "";
    throw usage("Nothing says where to land", `Say it with --to ./out or --to s3://bucket/prefix.${object}`);
  }
  return extractRequest(namedObject(named, parseLocation(sink).url), input, "all");
}

function usage(message: string, hint: string): BronzeError {
  return new BronzeError("USAGE", message, { hint });
}

function exitCode(ends: readonly ExtractEnd[]): ExitCode {
  const codes = ends.map((end) => ("result" in end ? exitCodeOf(end.result) : end.error.exitCode));
  if (codes.every((code) => code === 0)) return 0;
  return codes.every((code) => code === 2) ? 2 : 1;
}
