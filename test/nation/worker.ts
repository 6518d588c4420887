/**
 * A container that is used again: lands the jobs that it is sent, one after the other, as the command line would in a container of its own.
 * A process for each of thousands of jobs would spend most of its time on starting.
 */
import type { Talk } from "../../src/cli/command.ts";
import { extractSpec } from "../../src/cli/commands/extract/spec.ts";
import { readFlags } from "../../src/cli/flags/read-flags.ts";
import { BronzeError } from "../../src/model/errors.ts";
import { SUBMITTERS } from "../../src/submit/index.ts";

/** One job: the container's environment. */
export type JobOrder = Readonly<Record<string, string>>;

export interface JobReport {
  readonly exitCode: number;
  readonly errors: readonly string[];
}

process.on("message", (order: JobOrder) => {
  land({ ...process.env, ...order }).then((report) => process.send!(report));
});

async function land(env: Readonly<Record<string, string | undefined>>): Promise<JobReport> {
  const errors: string[] = [];
  const talk: Talk = {
    format: "json",
    spoken: false,
    say: (level, _event, text) => void (level === "error" && errors.push(text)),
    status: () => {},
    close: () => {},
  };
  const { signal } = new AbortController();
  try {
    const read = readFlags(extractSpec.flags, {}, env);
    const action = await extractSpec.load();
    const { exitCode } = await action({
      ...{ ...read, args: [], env, submitters: SUBMITTERS, talk, signal },
      printPart: () => {},
    });
    return { exitCode, errors };
  } catch (error) {
    return { exitCode: error instanceof BronzeError ? error.exitCode : 1, errors: [...errors, String(error)] };
  }
}
