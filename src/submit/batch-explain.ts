import type { JobDetail } from "@aws-sdk/client-batch";
import type { Submission } from "../ledger/submissions.ts";
import type { ShardId } from "../model/ids.ts";
import type { BatchApi } from "./batch-api.ts";
import type { Explanation } from "./contract.ts";

/** The id under which Batch knows the job of each shard, of the last submission that had it. */
export function jobIds(submissions: readonly Submission[], shards: readonly ShardId[]): Map<ShardId, string> {
  const wanted = new Set<string>(shards);
  const ids = new Map<ShardId, string>();
  for (const { groups, handles } of submissions) {
    for (const { size_class, jobs } of groups) {
      const own = handles.filter((handle) => handle.size_class === size_class);
      const isArray = own.length === 1 && jobs.length > 1;
      const byIndex = new Map(own.map((handle) => [handle.first_job, handle.id]));
      jobs.forEach((members, index) => {
        const id = isArray ? `${own[0]!.id}:${index}` : byIndex.get(index);
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
  return { state: job.status ?? "UNKNOWN", reason: reason === "" ? null : reason, log: logUrl(job, region) };
}

/** The log's page in the CloudWatch console, whose addresses are encoded twice, with `$` for `%`. */
function logUrl({ container, attempts = [] }: JobDetail, region: string): string | null {
  const stream = container?.logStreamName ?? attempts.at(-1)?.container?.logStreamName;
  if (stream === undefined) return null;
  const group = container?.logConfiguration?.options?.["awslogs-group"] ?? "/aws/batch/job";
  const twice = (text: string): string => encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${twice(group)}/log-events/${twice(stream)}`;
}
