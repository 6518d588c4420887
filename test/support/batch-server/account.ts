import type { JobQueueDetail, ResourceRequirement } from "@aws-sdk/client-batch";
import type { Definition } from "./job.ts";

/** A queue as DescribeJobQueues shows it: enabled and valid, unless said otherwise. */
export function testQueue(name: string, more: Partial<JobQueueDetail> = {}): JobQueueDetail {
  return {
    jobQueueName: name,
    jobQueueArn: `arn:aws:batch:us-east-2:123456789012:job-queue/${name}`,
    state: "ENABLED",
    status: "VALID",
    statusReason: "JobQueue Healthy",
    priority: 1,
    computeEnvironmentOrder: [],
    ...more,
  };
}

/** A Fargate definition of half a vCPU and 2 GiB, unless said otherwise. */
export function testDefinition(name: string, more: Partial<Definition> = {}): Definition {
  const revision = more.revision ?? 1;
  const resourceRequirements: ResourceRequirement[] = [
    { type: "VCPU", value: "0.5" },
    { type: "MEMORY", value: "2048" },
  ];
  return {
    jobDefinitionName: name,
    jobDefinitionArn: `arn:aws:batch:us-east-2:123456789012:job-definition/${name}:${revision}`,
    revision,
    status: "ACTIVE",
    type: "container",
    platformCapabilities: ["FARGATE"],
    containerProperties: { image: "test", command: [], resourceRequirements, environment: [] },
    ...more,
  };
}
