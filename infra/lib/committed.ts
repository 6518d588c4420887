import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { LIFECYCLE_RULES } from "./bucket.ts";
import { byHandFiles } from "./by-hand.ts";
import type { InfraObject } from "./objects.ts";
import { addStacks, stackName } from "./stacks.ts";

export type Template = Readonly<Record<string, unknown>>;

/** Template of what objects share, and object → its own, the same from run to run. */
export function synthesize(
  objects: readonly InfraObject[],
  environment = "prod",
): { readonly shared: Template; readonly objects: ReadonlyMap<string, Template> } {
  const outdir = mkdtempSync(join(tmpdir(), "pg-bronze-cdk-"));
  try {
    const app = new App({ outdir, analyticsReporting: false, treeMetadata: false });
    addStacks(app, environment, objects);
    const assembly = app.synth();
    const templateOf = (name: string): Template => assembly.getStackByName(name).template as Template;
    return {
      shared: templateOf(stackName(environment)),
      objects: new Map(objects.map((object) => [object.name, templateOf(stackName(environment, object))])),
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** Path in the repository → text of every file that is made from the registry and committed. */
export function committedFiles(objects: readonly InfraObject[]): ReadonlyMap<string, string> {
  const templates = synthesize(objects);
  return new Map([
    ["infra/template.json", templateText(templates.shared)],
    ...[...templates.objects].map(([name, template]) => [`infra/objects/${name}.json`, templateText(template)] as const),
    ["infra/bucket_lifecycle.json", text({ Rules: LIFECYCLE_RULES })],
    ...[...byHandFiles(objects)].map(([path, value]) => [`infra/by-hand/${path}`, text(value)] as const),
  ]);
}

function text(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * CloudFormation takes 51,200 bytes in a request, and white space counts: one line for each parameter, resource and output is readable enough
 * for a difference. Source: CloudFormation user guide, "Understand CloudFormation quotas".
 */
function templateText(template: Template): string {
  const sections = Object.entries(template).map(([name, section]) => {
    if (typeof section !== "object" || section === null) return `${JSON.stringify(name)}:${JSON.stringify(section)}`;
    const entries = Object.entries(section).map(([id, value]) => `${JSON.stringify(id)}:${JSON.stringify(value)}`);
    return `${JSON.stringify(name)}:{\n${entries.join(",\n")}\n}`;
  });
  return `{${sections.join(",\n")}}\n`;
}
