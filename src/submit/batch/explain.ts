import type { JobDetail } from "@aws-sdk/client-batch";
import type { Submission } from "../../ledger/submissions.ts";
import { quoted } from "../../model/command-text.ts";
import type { ShardId } from "../../model/ids.ts";
import type { Explanation, LogLines } from "../../run/submitter.ts";
import type { BatchApi } from "./api.ts";

/** The id under which Batch knows the job of each shard, of the last submission that had it. */
export function jobIds(submissions: readonly Submission[], shards: readonly ShardId[]): Map<ShardId, string> {
  const wanted = new Set<string>(shards);
  const ids = new Map<ShardId, string>();
  for (const { groups, handles } of submissions) {
    for (const { size_class, jobs } of groups) {
      // Of one that was made twice the first counts.
      const own = handles.filter((handle) => handle.size_class === size_class);
      const array = own.find(({ name }) => name.endsWith(`-${size_class}`));
      const byIndex = new Map(own.toReversed().map((handle) => [handle.first_job, handle.id]));
      jobs.forEach((members, index) => {
        const id = array === undefined ? byIndex.get(index) : `${array.id}:${index}`;
        if (id === undefined) return;
        for (const shard of members) if (wanted.has(shard)) ids.set(shard as ShardId, id);
      });
    }
  }
  return ids;
}

/** Batch's own word on shards: state, reasons, and where the log is. Those that it never had, or forgot, are left out. */
export async function explainShards(
  api: BatchApi,
  submissions: readonly Submission[],
  shards: readonly ShardId[],
): Promise<Map<ShardId, Explanation>> {
  const ids = jobIds(submissions, shards);
  const jobs = await api.describeJobs([...new Set(ids.values())]);
  const byId = new Map(jobs.map((job) => [job.jobId, job]));
  return new Map(
    [...ids].flatMap(([shard, id]) => {
      const job = byId.get(id);
      return job === undefined ? [] : [[shard, explanationOf(job, api.region)] as const];
    }),
  );
}

function explanationOf(job: JobDetail, region: string): Explanation {
  const { container, statusReason, attempts = [] } = job;
  const exitCode = container?.exitCode ?? attempts.at(-1)?.container?.exitCode;
  const reasons = [
    statusReason,
    container?.reason,
    exitCode === undefined || exitCode === 0 ? undefined : `exit code ${exitCode}`,
  ];
  const reason = reasons.filter((one) => one !== undefined && one !== "").join("; ");
  const lines = logLines(job, region);
  return {
    state: job.status ?? "UNKNOWN",
    reason: reason === "" ? null : reason,
    outOfMemory: outOfMemory(job, exitCode),
    log: lines === null ? null : logUrl(lines, region),
    lines,
  };
}

/** A kill is a lack of memory that nobody told of, unless Batch itself ended the job or its machine. */
function outOfMemory(
  { status, container, attempts = [], statusReason = "", isTerminated }: JobDetail,
  exitCode: number | undefined,
) {
  if (status !== "FAILED" || isTerminated === true) return undefined;
  const reason = container?.reason ?? attempts.at(-1)?.container?.reason ?? "";
  if (reason.startsWith("OutOfMemory")) return "yes";
  return exitCode === 137 && !/Spot|timeout/i.test(statusReason) ? "perhaps" : undefined;
}

function logLines({ container, attempts = [] }: JobDetail, region: string): LogLines | null {
  const named = [...attempts.map((attempt) => attempt.container?.logStreamName), container?.logStreamName];
  const streams = [...new Set(named.filter((stream) => stream !== undefined))];
  if (streams.length === 0) return null;
  const group = container?.logConfiguration?.options?.["awslogs-group"] ?? "/aws/batch/job";
  // Unlike get-log-events, filter-log-events takes several streams, and the AWS CLI follows its pages to the end.
  const command = [
    `aws logs filter-log-events --region ${region} --log-group-name ${quoted(group)} --log-stream-names`,
    ...streams.map(quoted),
    "--query 'events[].[message]' --output text",
  ].join(" ");
  return { group, streams, command };
}

/** The log's page in the CloudWatch console, whose addresses are encoded twice, with `$` for `%`. */
function logUrl({ group, streams }: LogLines, region: string): string {
  const twice = (text: string): string => encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${twice(group)}/log-events/${twice(streams.at(-1)!)}`;
}
