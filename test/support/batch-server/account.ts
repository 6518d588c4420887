import type { ComputeEnvironmentDetail, JobQueueDetail, LogConfiguration, ResourceRequirement } from "@aws-sdk/client-batch";
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
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: testComputeEnvironment().computeEnvironmentArn }],
    ...more,
  };
}

/** What test queues run on: enabled and valid, unless said otherwise. */
export function testComputeEnvironment(more: Partial<ComputeEnvironmentDetail> = {}) {
  return {
    computeEnvironmentName: "test-compute",
    computeEnvironmentArn: "arn:aws:batch:us-east-2:123456789012:compute-environment/test-compute",
    ecsClusterArn: undefined,
    type: "MANAGED",
    state: "ENABLED",
    status: "VALID",
    statusReason: "ComputeEnvironment Healthy",
    ...more,
  } satisfies ComputeEnvironmentDetail;
}

/** A Fargate definition of half a vCPU and 2 GiB, unless said otherwise. */
export function testDefinition(
  name: string,
  { logGroup, ...more }: Partial<Definition> & { readonly logGroup?: string } = {},
): Definition {
  const revision = more.revision ?? 1;
  const resourceRequirements: ResourceRequirement[] = [
    { type: "VCPU", value: "0.5" },
    { type: "MEMORY", value: "2048" },
  ];
  const options = logGroup === undefined ? {} : { "awslogs-group": logGroup };
  const logConfiguration: LogConfiguration = { logDriver: "awslogs", options };
  return {
    jobDefinitionName: name,
    jobDefinitionArn: `arn:aws:batch:us-east-2:123456789012:job-definition/${name}:${revision}`,
    revision,
    status: "ACTIVE",
    type: "container",
    platformCapabilities: ["FARGATE"],
    containerProperties: { image: "test", command: [], resourceRequirements, environment: [], logConfiguration },
    ...more,
  };
}
