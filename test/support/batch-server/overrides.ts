import type { Job } from "./job.ts";
import type { AttemptEnd } from "./retry.ts";

const MOST_CHARACTERS = 8_192;

/**
 * ECS takes 8,192 characters of overrides for a task, the JSON around them included, and what Batch adds to the environment counts too.
 * SubmitJob takes more: the job fails when it is to start. Source: ECS API reference, RunTask, TaskOverride; "Container Overrides length
 * must be at most 8192" in reports of Batch's users.
 */
export function overridesProblem({ submission }: Job, environment: Readonly<Record<string, string>>): AttemptEnd | null {
  const overridden = new Set((submission.input.containerOverrides?.environment ?? []).map(({ name }) => name));
  const own = Object.entries(environment).filter(([name]) => overridden.has(name) || name.startsWith("AWS_BATCH"));
  const { command, resourceRequirements } = submission.input.containerOverrides ?? {};
  const override = { name: "default", command, resourceRequirements, environment: own.map(([name, value]) => ({ name, value })) };
  if (JSON.stringify({ containerOverrides: [override] }).length <= MOST_CHARACTERS) return null;
  return { exitCode: null, statusReason: `Container Overrides length must be at most ${MOST_CHARACTERS}` };
}
