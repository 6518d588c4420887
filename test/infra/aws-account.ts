import { execFile, spawnSync } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findMoto, startMoto } from "../support/moto.ts";
import { SHARED } from "./committed.ts";
import { resolveTemplate, type Template } from "./resolved.ts";

/** Why tests with the `aws` command line can't run here; false when they can, or have to. */
export function withoutAws(): string | false {
  const missing = [
    ...(spawnSync("aws", ["--version"], { stdio: "ignore" }).status === 0 ? [] : ["aws"]),
    ...(findMoto() === null ? ["moto_server"] : []),
  ];
  return process.env["PG_BRONZE_REQUIRE_AWS"] !== "1" && missing.length > 0 && `no ${missing.join(" and no ")} here`;
}

export interface AwsAccount {
  /** Runs a script of `sh` at the repository's root, with `aws` speaking to this account; stops at the first failure. */
  sh(script: string, env?: Readonly<Record<string, string>>): Promise<string>;
  /** What `aws … --output json` prints. */
  aws<T>(...args: readonly string[]): Promise<T>;
  /** Everything that it holds. */
  contents(): Promise<Contents>;
  /** Names of the consumable resources that were made. */
  readonly consumableResources: string[];
  close(): Promise<void>;
}

const ACCOUNT = "123456789012";

type Json = Record<string, unknown>;

/** What `account_contents.py` prints. */
export interface Contents {
  readonly jobQueues: readonly Json[];
  readonly jobDefinitions: readonly (Json & { readonly jobDefinitionName: string; readonly revision: number })[];
  readonly roles: Readonly<Record<string, { readonly trust: object; readonly statements: readonly object[] }>>;
  readonly buckets: Readonly<
    Record<string, { readonly versioning: string; readonly policy: object; readonly lifecycle: readonly Json[] }>
  >;
  readonly topics: Readonly<Record<string, { readonly policy: object; readonly subscriptions: readonly object[] }>>;
  readonly schedules: readonly (Json & { readonly Name: string; readonly Target: Json })[];
  readonly alarms: readonly (Json & { readonly AlarmName: string })[];
  readonly rules: readonly { readonly Name: string; readonly EventPattern: string; readonly Targets: readonly object[] }[];
  readonly queueUrls: readonly string[];
  readonly repositories: readonly Json[];
  readonly logGroups: readonly Json[];
  readonly securityGroups: readonly {
    readonly GroupName: string;
    readonly IpPermissions: readonly object[];
    readonly IpPermissionsEgress: readonly { readonly FromPort: number }[];
  }[];
  readonly stacks: readonly { readonly StackName: string; readonly StackStatus: string }[];
}

/** It has boto3, as moto does. */
const PYTHON = process.env["PG_BRONZE_PYTHON"] ?? "python3";
const CONTENTS = fileURLToPath(new URL("account_contents.py", import.meta.url));

/** What was made of things that moto doesn't know. */
interface Made {
  readonly consumableResources: string[];
  /** Of the shared stack. */
  readonly exports: Map<string, string>;
}

/**
 * An AWS account for the real command line: moto, behind a server that refuses a template of more than 51,200 bytes, as CloudFormation does and
 * moto doesn't, and that helps moto over what it doesn't know.
 */
export async function startAwsAccount(): Promise<AwsAccount> {
  const moto = await startMoto();
  const body = JSON.stringify({ batch: { use_docker: false }, iam: { load_aws_managed_policies: false } });
  await fetch(`${moto.endpoint}/moto-api/reset`, { method: "POST" });
  await fetch(`${moto.endpoint}/moto-api/config`, { method: "POST", body });
  const made: Made = { consumableResources: [], exports: new Map() };
  const server = createServer((request, response) => {
    answer(request, response, moto.endpoint, made).catch((error: unknown) => {
      response.writeHead(500, { "content-type": "text/plain" });
      response.end(String(error));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: "/nonexistent",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_DEFAULT_REGION: "us-east-2",
  };
  // A variable would do for all services but SQS, for which the command line has names of its own.
  const AWS = `aws() { command aws --endpoint-url ${endpoint} "$@"; }\n`;
  const sh = async (script: string, more: Readonly<Record<string, string>> = {}): Promise<string> => {
    const cwd = fileURLToPath(new URL("../../", import.meta.url));
    const { stdout } = await promisify(execFile)("sh", ["-euc", AWS + script], {
      cwd,
      env: { ...env, ...more },
      maxBuffer: 1 << 26,
    });
    return stdout;
  };
  return {
    sh,
    aws: async <T>(...args: readonly string[]) => {
      const { stdout } = await promisify(execFile)("aws", ["--endpoint-url", endpoint, ...args, "--output", "json"], {
        env,
        maxBuffer: 1 << 26,
      });
      return JSON.parse(stdout) as T;
    },
    contents: async () => {
      const { stdout } = await promisify(execFile)(PYTHON, [CONTENTS, moto.endpoint], { maxBuffer: 1 << 26 });
      return JSON.parse(stdout) as Contents;
    },
    consumableResources: made.consumableResources,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      await moto.close();
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, moto: string, made: Made): Promise<void> {
  const given = await buffer(request);
  if (request.url === "/v1/createconsumableresource") {
    const { consumableResourceName: name } = JSON.parse(given.toString()) as { consumableResourceName: string };
    made.consumableResources.push(name);
    response.writeHead(200, { "content-type": "application/json" });
    const consumableResourceArn = `arn:aws:batch:us-east-2:${ACCOUNT}:consumable-resource/${name}`;
    response.end(JSON.stringify({ consumableResourceName: name, consumableResourceArn }));
    return;
  }
  const body = await helped(request, given, moto, made);
  const headers = Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      value === undefined || ["host", "connection", "content-length", "expect", "transfer-encoding"].includes(name)
        ? []
        : [[name, String(value)]],
    ),
  );
  const method = request.method ?? "GET";
  const url = `${moto}${request.url}`;
  const reply = await fetch(url, { method, headers, ...(method === "GET" || method === "HEAD" ? {} : { body }) });
  const type = reply.headers.get("content-type");
  response.writeHead(reply.status, type === null ? {} : { "content-type": type });
  response.end(Buffer.from(await reply.arrayBuffer()));
}

async function helped(request: IncomingMessage, given: Buffer, moto: string, account: Made): Promise<string | Uint8Array> {
  if (request.url === "/v1/createcomputeenvironment") {
    return JSON.stringify({ ...(JSON.parse(given.toString()) as object), serviceRole: await serviceRole(moto) });
  }
  if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") !== true) return new Uint8Array(given);
  const form = new URLSearchParams(given.toString());
  const template = form.get("TemplateBody");
  if (template === null) return new Uint8Array(given);
  if (Buffer.byteLength(template) > 51_200) throw new Error("Member must have length less than or equal to 51200");
  const whole = JSON.parse(template) as Template;
  if (form.get("StackName") === SHARED && form.get("ChangeSetType") === "CREATE") {
    for (const [name, value] of exportsOf(whole, form)) account.exports.set(name, value);
  }
  const simple = forMoto(whole, await serviceRole(moto));
  form.set("TemplateBody", JSON.stringify(await withImports(simple, account.exports, moto)));
  return form.toString();
}

/** Values of imports, in place: moto gives stacks that come from a change set no outputs. */
async function withImports(template: unknown, exports: ReadonlyMap<string, string>, moto: string): Promise<unknown> {
  if (!JSON.stringify(template).includes("Fn::ImportValue")) return template;
  const compute = await computeEnvironmentArn(moto);
  const replace = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(replace);
    if (typeof node !== "object" || node === null) return node;
    const name = (node as { "Fn::ImportValue"?: { "Fn::Join": [string, [unknown, string]] } })["Fn::ImportValue"];
    if (name === undefined) return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replace(value)]));
    const [, suffix] = name["Fn::Join"][1];
    if (suffix === "-ComputeArn") return compute;
    const value = exports.get(`${SHARED}${suffix}`);
    if (value === undefined) throw new Error(`No export named ${SHARED}${suffix} found.`);
    return value;
  };
  return replace(template);
}

async function computeEnvironmentArn(moto: string): Promise<string> {
  const headers = { authorization: authorization("batch") };
  const reply = await fetch(`${moto}/v1/describecomputeenvironments`, { method: "POST", body: "{}", headers });
  const { computeEnvironments } = (await reply.json()) as { computeEnvironments: { computeEnvironmentArn: string }[] };
  return computeEnvironments[0]!.computeEnvironmentArn;
}

/** What a stack that is made from this template exports. */
function exportsOf(template: Template, form: URLSearchParams): ReadonlyMap<string, string> {
  const parameters: Record<string, string> = {};
  for (let i = 1; form.has(`Parameters.member.${i}.ParameterKey`); i++) {
    const value = form.get(`Parameters.member.${i}.ParameterValue`);
    if (value !== null) parameters[form.get(`Parameters.member.${i}.ParameterKey`)!] = value;
  }
  return resolveTemplate(template, form.get("StackName")!, parameters).exports;
}

function authorization(service: string): string {
  return `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-2/${service}/aws4_request, SignedHeaders=host, Signature=x`;
}

/** AWS has a role for Batch by itself; moto wants one. */
async function serviceRole(moto: string): Promise<string> {
  const RoleName = "batch-service";
  const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [] });
  const body = new URLSearchParams({ Action: "CreateRole", Version: "2010-05-08", RoleName, AssumeRolePolicyDocument });
  // The second time it is there already.
  await fetch(moto, { method: "POST", body, headers: { authorization: authorization("iam") } });
  return `arn:aws:iam::${ACCOUNT}:role/${RoleName}`;
}

/** Types that moto 5.2 doesn't make; where another resource points to one, its address stands instead. */
const UNKNOWN: Readonly<Record<string, string>> = {
  "AWS::Batch::ConsumableResource": `arn:aws:batch:us-east-2:${ACCOUNT}:consumable-resource/pg-connections`,
  "AWS::Scheduler::ScheduleGroup": `arn:aws:scheduler:us-east-2:${ACCOUNT}:schedule-group/pg-bronze`,
  "AWS::Scheduler::Schedule": "",
  "AWS::CloudWatch::Alarm": "",
  "AWS::SNS::TopicPolicy": "",
  "AWS::SQS::QueuePolicy": "",
  "AWS::S3::BucketPolicy": "",
};

/** The template without what moto doesn't know, and with a ServiceRole. */
function forMoto(template: Template, role: string): unknown {
  const addresses = new Map<string, string>();
  const resources: Record<string, unknown> = {};
  for (const [id, resource] of Object.entries(template.Resources)) {
    const address = UNKNOWN[resource.Type];
    if (address !== undefined) addresses.set(id, address);
    else if (resource.Type !== "AWS::Batch::ComputeEnvironment") resources[id] = resource;
    else resources[id] = { ...resource, Properties: { ...resource.Properties, ServiceRole: role } };
  }
  return replaceAddresses({ ...template, Resources: resources }, addresses);
}

function replaceAddresses(node: unknown, addresses: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(node)) return node.map((item) => replaceAddresses(item, addresses));
  if (typeof node !== "object" || node === null) return node;
  const { Ref, "Fn::GetAtt": attribute } = node as { Ref?: string; "Fn::GetAtt"?: readonly string[] };
  const address = addresses.get(Ref ?? attribute?.[0] ?? "");
  if (address !== undefined) return address;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replaceAddresses(value, addresses)]));
}
