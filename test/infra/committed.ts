import { readFile } from "node:fs/promises";
import { type InfraObject, loadInfraObjects } from "../../infra/lib/objects.ts";
import { stackName } from "../../infra/lib/stacks.ts";
import { type Resolved, resolveTemplate, type Template } from "./resolved.ts";

/** Text of a committed file, by its path in the repository. */
export function committed(path: string): Promise<string> {
  return readFile(new URL(`../../${path}`, import.meta.url), "utf8");
}

export const objects = await loadInfraObjects({});
export const SHARED = stackName("prod");
export const stackOf = (object: InfraObject): string => stackName("prod", object);

/** What whoever deploys fills in. */
export const PARAMETERS = {
  VpcId: "vpc-1",
  SubnetIds: "subnet-1",
  ImageTag: "0.1.0",
  Schedules: "ENABLED",
  LinodeDsnArn: "arn:aws:secretsmanager:us-east-2:123456789012:secret:pg-bronze/linode-dsn-AbCdEf",
} as const;

export interface CommittedStacks {
  readonly shared: Resolved;
  readonly objects: ReadonlyMap<string, Resolved>;
}

/** The committed templates, as they would be made. */
export async function committedStacks(more: Readonly<Record<string, string>> = {}): Promise<CommittedStacks> {
  const read = async (path: string): Promise<Template> => JSON.parse(await committed(path)) as Template;
  const parameters = { ...PARAMETERS, ...more };
  const shared = resolveTemplate(await read("infra/template.json"), SHARED, parameters);
  const own = objects.map(async (object) => {
    const template = await read(`infra/objects/${object.name}.json`);
    return [object.name, resolveTemplate(template, stackOf(object), parameters, shared.exports)] as const;
  });
  return { shared, objects: new Map(await Promise.all(own)) };
}
