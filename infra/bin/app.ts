/**
 * `npm run synth` writes the files that are committed beside this folder. Under the CDK's command line (`cdk synth`, `diff`, `deploy`)
 * it makes the stacks of each name in `-c environments=dev,prod` (default: prod), with the registry as the shell's variables expand it.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { App } from "aws-cdk-lib";
import { committedFiles } from "../lib/committed.ts";
import { loadInfraObjects } from "../lib/objects.ts";
import { addStacks } from "../lib/stacks.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

if (process.env["CDK_OUTDIR"] === undefined) {
  for (const [path, text] of committedFiles(await loadInfraObjects({}, root))) {
    const file = resolve(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
} else {
  const app = new App();
  const environments = String(app.node.tryGetContext("environments") ?? "prod").split(",");
  const objects = await loadInfraObjects(process.env, root);
  for (const environment of environments) addStacks(app, environment, objects);
  app.synth();
}
