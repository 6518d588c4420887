import type { ConfiguredObject } from "../../../patterns/load.ts";
import { sinkOptions } from "../../../run/sink-options.ts";
import { openSink } from "../../../sink/open.ts";
import type { CommandAction, CommandInput } from "../../command.ts";
import { configuredObject } from "../../configured-object.ts";
import { extractRequest } from "../../extract-request.ts";
import { createDoctor, type Doctor, type Finding, wrong } from "./check.ts";
import { checkSink } from "./sink.ts";
import { checkSource } from "./source.ts";
import { PROBE_PART_BYTES } from "./store.ts";
import { checkSubmitter } from "./submitter.ts";

const OLDEST_NODE = [20, 19] as const;
const MARKS = { ok: "ok     ", warning: "warning", failed: "FAILED ", skipped: "skipped" } as const;

export const doctorAction: CommandAction = async (input) => {
  const doctor = createDoctor((finding) => input.printPart(textOf(finding)));
  await checkNode(doctor);
  const configured = await checkConfig(doctor, input);
  if (configured !== null) await checkSurroundings(doctor, configured, input);
  return {
    exitCode: doctor.findings.some(({ outcome }) => outcome === "failed") ? 1 : 0,
    document: { checks: doctor.findings },
    // Each finding was printed as it came.
    text: () => "",
  };
};

function textOf({ check, outcome, says, hint }: Finding): string {
  return `${MARKS[outcome]} ${check}: ${says}\n${hint === null ? "" : `        → ${hint}\n`}`;
}

async function checkNode(doctor: Doctor): Promise<void> {
  await doctor.check("Node.js", async () => {
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
    if (isOld) throw wrong(`${process.version} is too old`, `Install Node.js ${OLDEST_NODE.join(".")} or later.`);
    return { says: process.version, value: null };
  });
}

function checkConfig(doctor: Doctor, { flags, env }: CommandInput): Promise<ConfiguredObject | null> {
  return doctor.check("config", async () => {
    const value = await configuredObject(flags, env);
    return { says: `${value.config.object}, ${value.file}`, value };
  });
}

async function checkSurroundings(doctor: Doctor, configured: ConfiguredObject, input: CommandInput): Promise<void> {
  const { config } = configured;
  const request = extractRequest(config, input, "all");
  await checkSource(doctor, request);
  const options = { ...sinkOptions(config.sink), env: input.env, partBytes: PROBE_PART_BYTES };
  const sink = await doctor.check("sink", async () => {
    const value = await openSink(request.sinkUrl, options);
    return { says: value.url, value };
  });
  if (sink === null) return;
  try {
    await checkSink(doctor, sink, config);
    for (const spec of input.submitters)
      await checkSubmitter(doctor, spec, input, { ...configured, object: config.object, sink });
  } finally {
    await sink.close();
  }
}
