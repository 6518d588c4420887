export const JOBS_SECURITY_GROUP = {
  name: "pg-bronze-jobs",
  description: "pg-bronze jobs: out to the source and to AWS, nothing in",
} as const;

/** What jobs may reach: the source, and AWS by HTTPS. DNS needs no rule. */
export function outgoing(databaseCidr: string, databasePort: number) {
  const tcp = (cidrIp: string, port: number, description: string) => ({
    ipProtocol: "tcp",
    fromPort: port,
    toPort: port,
    cidrIp,
    description,
  });
  return [
    tcp("0.0.0.0/0", 443, "S3, ECR, Secrets Manager, CloudWatch Logs, Batch, SNS"),
    tcp(databaseCidr, databasePort, "the source"),
  ];
}
